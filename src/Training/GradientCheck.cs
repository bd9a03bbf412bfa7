using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Training;

/// <summary>What <see cref="GradientCheck"/> found of one parameter.</summary>
/// <param name="Name">Its name in a state dictionary.</param>
/// <param name="AlongGradient">The least relative error of the slope along the gradient itself that the batches agree on: it shows a wrong size or sign.</param>
/// <param name="AcrossGradient">The relative error of the slopes along random directions, as of the gradient's length: it shows what is missing.</param>
/// <param name="IsFlat">Whether neither the gradient nor the loss shows more than rounding, as of a bias before a batch norm; both errors are 0 then.</param>
public sealed record ParameterCheck(string Name, double AlongGradient, double AcrossGradient, bool IsFlat);

/// <summary>A backward pass held against the loss: each parameter is moved by a little along a direction, and the loss must change as the gradient says.</summary>
/// <remarks>
/// The loss is <c>L = Σ dz·z</c> of the unit rows z of random images in training, with a random dz, summed in double: <c>(L(w + h·d) − L(w − h·d)) / 2h</c> is held
/// against <c>g·d</c>. Directions are g/‖g‖, which has the most signal and finds an error of one percent in size, and random ones, over which the root of the
/// squared errors by that of the squared slopes is the relative error of g itself. The step is one that moves the loss about a thousand times its rounding. Units
/// whose ReLU or maximum changes sides within a step err up or down; the mean over many batches takes that away, and what it may leave is not counted. Everything is drawn by the
/// seed, and is the same on every run.
/// </remarks>
public sealed class GradientCheck
{
    // Doubt is in standard errors, which are taken off: what is left of a right pass is 0 in nearly all parameters.
    private const double Doubt = 3;

    /// <summary>The relative error in size from which on a gradient is called wrong.</summary>
    public const double MostAlong = 2.5e-3;

    /// <summary>The relative error in direction from which on a gradient is called wrong.</summary>
    public const double MostAcross = 0.1;

    private GradientCheck(IReadOnlyList<ParameterCheck> parameters) => Parameters = parameters;

    /// <summary>What was found of each parameter that is trained, in the order of the state dictionary.</summary>
    public IReadOnlyList<ParameterCheck> Parameters { get; }

    /// <summary>What is wrong, a sentence for each parameter; empty where the backward pass is right.</summary>
    /// <param name="mostAlong">The largest error in size of a right pass: a network of max pools over few pixels needs 1e-2, since each that changes sides within
    /// a step bends the loss.</param>
    /// <param name="mostAcross">The largest error in direction of a right pass.</param>
    public IReadOnlyList<string> Faults(double mostAlong = MostAlong, double mostAcross = MostAcross) =>
        [.. Parameters.Where(parameter => !(parameter.AlongGradient <= mostAlong && parameter.AcrossGradient <= mostAcross))
        .Select(parameter => string.Create(CultureInfo.InvariantCulture,
            $"{parameter.Name}: the gradient is off by {parameter.AlongGradient:P2} in size and by {parameter.AcrossGradient:P1} in direction; expected at most {mostAlong:P2} and {mostAcross:P0}."))];

    /// <summary>Checks the encoder and head of these settings on the CPU in float32.</summary>
    /// <param name="settings">The network; small images and few channels make it quick.</param>
    /// <param name="images">Images of a pass.</param>
    /// <param name="seed">Key of the weights, the images, dz and the directions.</param>
    /// <param name="batches">Over which errors are averaged, at least 4: fewer are quicker and find less.</param>
    /// <exception cref="ArgumentException">The images are too small for the encoder.</exception>
    public static GradientCheck Of(ModelSettings settings, int images = 8, ulong seed = 1, int batches = 96)
    {
        using CpuOps ops = new();
        using Model model = Model.Create(ops, settings, seed);
        return Of(model, images, seed, batches);
    }

    /// <summary>Checks a model, whose parameters and running statistics are as before afterwards; it is prepared for training then.</summary>
    /// <param name="model">The model, on a device that computes in float32.</param>
    /// <param name="images">Images of a pass.</param>
    /// <param name="seed">Key of the images, dz and the directions.</param>
    /// <param name="batches">Over which errors are averaged, at least 4: fewer are quicker and find less.</param>
    /// <exception cref="ArgumentException">The model's activations are bfloat16, which rounds more than a small step changes.</exception>
    public static GradientCheck Of(Model model, int images = 8, ulong seed = 1, int batches = 96)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.Ops.ActivationType != ElementType.Float32)
            throw new ArgumentException($"The model's activations are {model.Ops.ActivationType}; expected Float32, on a device opened with that precision.", nameof(model));
        using Differences differences = new(model, images, seed);
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 4);
        Slopes[][] all = [.. Enumerable.Range(0, batches).Select(_ => differences.OfNewBatch())];
        return new([.. differences.Parameters.Select((tensor, i) => Of(tensor.Name, [.. all.Select(batch => batch[i])]))]);
    }

    private static ParameterCheck Of(string name, Slopes[] batches)
    {
        double rounding = Root(slopes => slopes.RoundingAcross), found = Root(slopes => slopes.FoundAcross), expected = Root(slopes => slopes.Expected);
        if (Math.Max(found, expected) <= 2 * rounding) return new(name, 0, 0, IsFlat: true);
        double errors = Root(slopes => Math.Max(0, Math.Abs(slopes.FoundAcross - slopes.Across) - slopes.RoundingAcross));
        double across = errors / Math.Max(Root(slopes => slopes.Across), Math.Max(found, expected));

        // A ReLU that changes sides moves a slope up or down, some of them far: the mean of the middle half, and its standard error by the quartiles.
        double[] along = [.. batches.Select(slopes => slopes.Along > 0 ? (slopes.FoundAlong - slopes.Along) / slopes.Along : -1).Order()];
        int quarter = along.Length / 4;
        double middle = along[quarter..^quarter].Average(), deviation = (along[^(quarter + 1)] - along[quarter]) / 1.349;
        return new(name, Math.Max(0, Math.Abs(middle) - (Doubt * 1.1 * deviation / Math.Sqrt(along.Length))), across, IsFlat: false);

        double Root(Func<Slopes, double> of) => Math.Sqrt(batches.Average(slopes => of(slopes) * of(slopes)));
    }

    /// <summary>Fails where a gradient is wrong.</summary>
    /// <param name="mostAlong">As of <see cref="Faults"/>.</param>
    /// <param name="mostAcross">As of <see cref="Faults"/>.</param>
    /// <exception cref="InvalidOperationException">One is; the message names each and its errors.</exception>
    public void Require(double mostAlong = MostAlong, double mostAcross = MostAcross)
    {
        if (Faults(mostAlong, mostAcross) is [_, ..] faults) throw new InvalidOperationException(string.Join(Environment.NewLine, faults));
    }

    /// <summary>Slopes of one parameter and batch along g/‖g‖ and along a random direction: as the gradient has it, as the loss has it, and what rounding may add.
    /// </summary>
    private readonly record struct Slopes(
        double Along, double FoundAlong, double Expected, double Across, double FoundAcross, double RoundingAcross);

    /// <summary>A model, one batch of it, and the loss as a function of one parameter.</summary>
    private sealed class Differences : IDisposable
    {
        // Of the loss, whose terms have each a few roundings; the change that a step should make; the most that it moves a parameter.
        private const double Rounding = 8.0 / (1 << 24), Change = 128 * Rounding, MostMove = 1e-2;

        private readonly Model model;
        private readonly Ops ops;
        private readonly Arena arena;
        private readonly Tensor views, dz;
        private readonly float[] statistics, weights, rows;
        private readonly Philox random;
        private double size;
        private uint drawn;

        public Differences(Model model, int images, ulong seed)
        {
            (this.model, ops) = (model, model.Ops);
            model.Prepare(images, training: true);
            statistics = Numbers(model.Statistics);
            ModelSettings settings = model.Settings;
            int pixels = images * settings.ImageHeight * settings.ImageWidth * 3, numbers = images * model.EmbeddingDimension;
            arena = ops.CreateArena("gradient check", Arena.BytesFor(ElementType.Float32, pixels) + Arena.BytesFor(ElementType.Float32, numbers));
            views = arena.Take(images, settings.ImageHeight, settings.ImageWidth, 3);
            dz = arena.Take(images, model.EmbeddingDimension);
            (weights, rows) = (new float[numbers], new float[numbers]);
            random = new(seed, RandomPurpose.Initialization, sample: uint.MaxValue);
            HashSet<int> trained = [.. model.Segments.ToArray().Select(segment => segment.Offset)];
            Parameters = [.. model.Tensors.Where(tensor => tensor.Trainable && trained.Contains(StartOf(tensor)))];
        }

        /// <summary>What has a gradient.</summary>
        public NamedTensor[] Parameters { get; }

        /// <summary>For each parameter what its gradient and the loss say of a new batch.</summary>
        public Slopes[] OfNewBatch()
        {
            ops.Upload<float>(Draw((int)views.Count), views);
            Draw(weights.Length).CopyTo(weights, 0);
            ops.Upload<float>(weights, dz);
            ops.Zero(model.Gradients);
            Loss();
            model.Backward(dz);
            float[] all = Numbers(model.Gradients);
            ops.Zero(model.Gradients);
            return [.. Parameters.Select(tensor => Of(tensor.Value, all.AsSpan(StartOf(tensor), (int)tensor.Value.Count).ToArray()))];
        }

        public void Dispose()
        {
            ops.Upload<float>(statistics, model.Statistics);
            arena.Dispose();
        }

        private Slopes Of(Tensor value, float[] gradient)
        {
            float[] before = Numbers(value), moved = new float[before.Length];
            double length = Norm(gradient), expected = length / Math.Sqrt(before.Length); // what a random direction of unit length sees
            double most = MostMove * Math.Max(Norm(before), 0.1 * Math.Sqrt(before.Length));
            float[] across = Draw(before.Length);
            double slope = 0, norm = Norm(across);
            for (int i = 0; i < across.Length; i++) slope += across[i] / norm * gradient[i];
            double stepAcross = Math.Min(most, Change * size / Math.Max(Math.Abs(slope), expected)), stepAlong = Math.Min(most, Change * size / length);
            Slopes slopes = new(
                length, length > 0 ? Slope(gradient, length, stepAlong) : 0,
                expected, slope, Slope(across, norm, stepAcross), Rounding * size / stepAcross);
            ops.Upload<float>(before, value);
            return slopes;

            double Slope(float[] direction, double norm, double step)
            {
                double up = At(direction, step / norm), down = At(direction, -step / norm);
                return (up - down) / (2 * step);
            }

            double At(float[] direction, double by)
            {
                for (int i = 0; i < moved.Length; i++) moved[i] = (float)(before[i] + (by * direction[i]));
                ops.Upload<float>(moved, value);
                return Loss();
            }
        }

        private double Loss()
        {
            ops.Download<float>(model.Project(model.Encode(views, training: true), training: true), rows);
            double loss = 0, squares = 0;
            for (int i = 0; i < rows.Length; i++)
            {
                double term = (double)weights[i] * rows[i];
                loss += term;
                squares += term * term;
            }

            size = Math.Sqrt(squares);
            return loss;
        }

        private float[] Draw(int count)
        {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) values[i] = (float)random.Normal(drawn++);
            return values;
        }

        private float[] Numbers(Tensor tensor)
        {
            float[] values = new float[tensor.Count];
            ops.Download<float>(tensor, values);
            return values;
        }

        private static int StartOf(NamedTensor tensor) => checked((int)(tensor.Value.ByteOffset / sizeof(float)));

        private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
    }
}
