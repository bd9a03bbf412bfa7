using System.Numerics;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>The gradient cache against <see cref="ReferenceNetwork{T}"/> in double: one loss over all rows, batch norm per piece.</summary>
public class PiecewiseEmbeddingTests
{
    private const int Rows = 12;

    /// <summary>As in the tests of whole networks: in exact arithmetic the batch norm behind this bias takes its gradient away.</summary>
    private const string WithoutGradient = "projection_head.0.bias";

    /// <summary>A chance kink of a ReLU makes gradients differ, as in the tests of whole networks: another draw decides.</summary>
    [Theory]
    [InlineData("convnet", 8, 1)]
    [InlineData("basic, cifar", 8, 1)]
    [InlineData("basic, cifar", 4, 1)]
    [InlineData("basic, cifar", 5, 1)]
    [InlineData("basic, cifar", 8, 2)]
    [InlineData("basic, cifar", 6, 2)]
    public void LossAndGradientErrNoMoreThanTwiceANaiveFloatNetwork(string name, int rowsPerPiece, int shards)
    {
        string? fault = "";
        for (ulong seed = 1; fault is not null && seed <= 3; seed++) fault = FaultOf(TestNetwork.Of(name), rowsPerPiece, shards, seed);
        Assert.Null(fault);
    }

    /// <summary>Pieces that are copies of each other have the whole batch's statistics, so nothing may differ from the whole batch.</summary>
    [Fact]
    public void PiecesAlikeGiveTheGradientOfTheWholeBatch()
    {
        TestNetwork network = TestNetwork.Of("basic, cifar");
        using ModelRig rig = network.Open(Rows);
        rig.Ops.AllowWinograd = false;
        for (int first = 4; first < Rows; first += 4)
        {
            rig.Ops.Copy(rig.Views.Slice(0, 4), rig.Views.Slice(first, 4));
            rig.Ops.Copy(rig.Dz.Slice(0, 4), rig.Dz.Slice(first, 4));
        }

        (ReferenceNetwork<double> truth, ReferenceNetwork<double>.Node z) = network.Run<double>(rig, Rows, training: true);
        (ReferenceNetwork<float> naive, ReferenceNetwork<float>.Node naiveZ) = network.Run<float>(rig, Rows, training: true);
        truth.Backward(z, rig.Dz.Floats);
        naive.Backward(naiveZ, rig.Dz.Floats);
        using PiecewiseEmbedding embedding = new(rig.Model, Rows, 4);
        Assert.Equal(3, embedding.Pieces);
        Assert.InRange(Relative(embedding.Forward(rig.Views).Floats, z.Data), 0, 2 * Relative(naiveZ.Data, z.Data));
        embedding.Backward(rig.Dz);
        NamedTensor[] parameters = [.. rig.Model.Tensors.Where(tensor => tensor.Trainable && tensor.Name != WithoutGradient)];
        double level = parameters.Max(tensor => Relative(naive[tensor.Name].Gradient, truth[tensor.Name].Gradient));
        Assert.InRange(level, 0, 1e-3);
        foreach (NamedTensor tensor in parameters) Assert.InRange(Relative(rig.Gradient(tensor), truth[tensor.Name].Gradient), 0, 2 * level);
    }

    [Fact]
    public void OnePieceGivesTheBitsOfAPlainPass()
    {
        TestNetwork network = TestNetwork.Of("basic, cifar");
        using ModelRig plain = network.Open(Rows), whole = network.Open(Rows);
        float[] z = plain.Forward(training: true).Floats.ToArray();
        plain.Model.Backward(plain.Dz);
        using PiecewiseEmbedding embedding = new(whole.Model, Rows, Rows + 8);
        Assert.Equal(z, embedding.Forward(whole.Views).Floats.ToArray());
        embedding.Backward(whole.Dz);
        Assert.Equal(plain.Model.Gradients.Floats.ToArray(), whole.Model.Gradients.Floats.ToArray());
        Assert.Equal(plain.Model.Statistics.Floats.ToArray(), whole.Model.Statistics.Floats.ToArray());
    }

    /// <summary>The pieces must not be kept in memory: the activations are those of one piece.</summary>
    [Fact]
    public void TheActivationsAreThoseOfOnePiece()
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, 32, 32), 1);
        Assert.InRange(model.ActivationBytes(16, training: true), 0, model.ActivationBytes(512, training: true) / 31);
        using PiecewiseEmbedding embedding = new(model, 512, 16);
        Assert.Equal(32, embedding.Pieces);
        using Arena arena = ops.CreateArena("test", 17 * 32 * 32 * 3 * 4);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => model.Encode(arena.Take(17, 32, 32, 3), training: true));
        Assert.Contains("the model is prepared for up to 16 images", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingIsAllocatedAfterTheFirstPass()
    {
        using ModelRig rig = TestNetwork.Of("basic, cifar").Open(Rows);
        using PiecewiseEmbedding embedding = new(rig.Model, Rows, 8);
        embedding.Forward(rig.Views);
        embedding.Backward(rig.Dz);
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            embedding.Forward(rig.Views);
            embedding.Backward(rig.Dz);
        }));
    }

    /// <summary>The first thing that errs too much, in words; null when none does.</summary>
    private static string? FaultOf(TestNetwork network, int rowsPerPiece, int shards, ulong seed)
    {
        using ModelRig rig = network.Open(Rows, seed: seed);
        rig.Ops.AllowWinograd = false;
        TrainingSettings settings = new() { Batch = new() { Size = Rows / 2 }, Loss = new() { Shards = shards }, Encoder = new() { EmbeddingDimension = network.Settings.EmbeddingDimension } };
        Batch<double> truth = new(network, rig, rowsPerPiece, settings, reference => (reference.Loss, reference.Rows));
        Batch<float> naive = new(network, rig, rowsPerPiece, settings, reference => (reference.NaiveLoss, reference.NaiveRows));

        using PiecewiseEmbedding embedding = new(rig.Model, Rows, rowsPerPiece);
        using BatchLoss loss = new(rig.Ops, settings);
        Tensor z = embedding.Forward(rig.Views);
        BatchLossResult found = loss.Compute(z, [], 0, (float)settings.Loss.Temperature);
        double error = Math.Abs(found.Loss - truth.Loss), allowed = (2 * Math.Abs(naive.Loss - truth.Loss)) + 1e-6;
        if (!(error <= allowed)) return $"The loss errs by {error:E2}; allowed are {allowed:E2}.";
        embedding.Backward(found.Dz);

        NamedTensor[] measured = [.. rig.Model.Tensors.Where(tensor => tensor.Name != WithoutGradient)];
        double Level(bool trainable) => measured.Where(tensor => tensor.Trainable == trainable).Max(tensor => Relative(naive.Values[tensor.Name], truth.Values[tensor.Name]));
        double gradientLevel = Level(true), statisticLevel = Level(false);
        if (gradientLevel > 1e-3) return $"The naive network itself errs by {gradientLevel:E2}: no measure.";
        foreach (NamedTensor tensor in measured)
        {
            error = Relative(tensor.Trainable ? rig.Gradient(tensor) : tensor.Value.Floats, truth.Values[tensor.Name]);
            allowed = 2 * (tensor.Trainable ? gradientLevel : statisticLevel);
            if (!(error <= allowed)) return $"{tensor.Name} errs by {error:E2}; allowed are {allowed:E2}.";
        }

        return null;
    }

    private static double Relative(ReadOnlySpan<float> values, double[] truth)
    {
        Assert.Equal(truth.Length, values.Length);
        double squares = 0, size = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            squares += Math.Pow(values[i] - truth[i], 2);
            size += truth[i] * truth[i];
        }

        return Math.Sqrt(squares / size);
    }

    /// <summary>The whole step once more: each piece through a network of its own, one loss over the rows of each shard, gradients added up.</summary>
    private sealed class Batch<T>
        where T : struct, IFloatingPointIeee754<T>
    {
        public Batch(TestNetwork network, ModelRig rig, int rowsPerPiece, TrainingSettings settings, Func<ContrastiveReference, (T[] Loss, T[] Gradient)> result)
        {
            List<(ReferenceNetwork<T> Net, ReferenceNetwork<T>.Node Z)> pieces = [];
            for (int first = 0; first < Rows; first += rowsPerPiece) pieces.Add(network.Run<T>(rig, Math.Min(rowsPerPiece, Rows - first), training: true, first: first));
            float[] z = [.. pieces.SelectMany(piece => piece.Z.Data).Select(float.CreateChecked)];
            int depth = settings.Encoder.EmbeddingDimension, rows = Rows / settings.Loss.Shards;
            T[] dz = [.. Enumerable.Range(0, settings.Loss.Shards).SelectMany(shard =>
            {
                (T[] loss, T[] gradient) = result(new ViewLoss(ViewPairs.BothViews, (float)settings.Loss.Temperature).Truth(rows, z.AsSpan(shard * rows * depth, rows * depth)));
                Loss += loss.Average(double.CreateChecked) / settings.Loss.Shards;
                return gradient.Select(value => value / T.CreateChecked(settings.Loss.Shards));
            })];
            int row = 0;
            foreach ((ReferenceNetwork<T> net, ReferenceNetwork<T>.Node ofPiece) in pieces)
            {
                int count = ofPiece.Shape[0];
                Array.Copy(dz, row * depth, ofPiece.Gradient, 0, count * depth);
                net.Backward(ofPiece, []);
                row += count;
            }

            foreach (NamedTensor tensor in rig.Model.Tensors)
            {
                T[] sum = new T[tensor.Value.Count];
                foreach ((ReferenceNetwork<T> net, ReferenceNetwork<T>.Node ofPiece) in pieces)
                {
                    T weight = tensor.Trainable ? T.One : T.CreateChecked(ofPiece.Shape[0]) / T.CreateChecked(Rows);
                    for (int i = 0; i < sum.Length; i++) sum[i] += weight * (tensor.Trainable ? net[tensor.Name].Gradient[i] : net[tensor.Name].Data[i]);
                }

                Values.Add(tensor.Name, sum);
            }
        }

        public double Loss { get; private set; }

        /// <summary>Gradients of parameters, values of running statistics.</summary>
        public Dictionary<string, T[]> Values { get; } = [];
    }
}
