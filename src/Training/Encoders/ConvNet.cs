using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>Stages of 3 x 3 convolution, 2 x 2 max pool (not in the last), batch norm and ReLU: a small encoder for quick runs on a CPU.</summary>
/// <remarks>
/// Every convolution has stride 1, which Winograd's form makes cheap, and the pool comes before the norm, which so sees a quarter of the pixels.
/// </remarks>
internal sealed class ConvNet : Encoder
{
    // Three pools halve the image three times.
    private const int LeastSide = 8;

    private readonly Stage[] stages;

    public ConvNet(Blueprint blueprint, MapShape image, ReadOnlySpan<int> channels)
    {
        RequireSide(image, LeastSide, nameof(ConvNet));
        stages = new Stage[channels.Length];
        MapShape map = image;
        for (int i = 0; i < stages.Length; i++)
        {
            stages[i] = new Stage(blueprint, i + 1, map, channels[i], last: i == stages.Length - 1);
            map = stages[i].Output;
        }
    }

    public override MapShape Output => stages[^1].Output;

    public override Tensor Forward(Tensor images, bool training)
    {
        Tensor x = images;
        foreach (Stage stage in stages) x = stage.Forward(x, training);
        return x;
    }

    public override string Trace(INetworkTrace trace, string images) => stages.Aggregate(images, (map, stage) => stage.Trace(trace, map));

    public override void Backward(Tensor dy)
    {
        for (int i = stages.Length - 1; i > 0; i--) dy = stages[i].Backward(dy);
        stages[0].BackwardParameters(dy);
    }

    private sealed class Stage
    {
        private readonly Slots slots;
        private readonly Convolution convolution;
        private readonly MaxPool? pool;
        private readonly BatchNorm norm;
        private readonly Activation product, result;

        public Stage(Blueprint blueprint, int number, MapShape input, int channels, bool last)
        {
            slots = blueprint.Slots;
            convolution = new Convolution(blueprint, $"conv{number}", input, channels, kernel: 3, stride: 1, padding: 1);
            pool = last ? null : new MaxPool(blueprint, convolution.Output, kernel: 2, stride: 2, padding: 0);
            Output = pool?.Output ?? convolution.Output;
            norm = new BatchNorm(blueprint, $"bn{number}", channels, relu: true);
            product = blueprint.Saved(Output);
            result = blueprint.Saved(Output);
            blueprint.Passes(convolution.Output);
        }

        public MapShape Output { get; }

        public Tensor Forward(Tensor x, bool training)
        {
            int images = x[0];

            // A pool reads the convolution's result and backward does not, so it passes through a slot even in training.
            Tensor c = training && pool is null ? product.Of(images) : slots.Take(images, convolution.Output);
            convolution.Forward(x, c);
            slots.Return(x);
            if (pool is not null) c = pool.Forward(c, training);
            Tensor y = training ? result.Of(images) : c;
            norm.Forward(c, default, training, y);
            return y;
        }

        public string Trace(INetworkTrace trace, string x)
        {
            string c = convolution.Trace(trace, x);
            return norm.Trace(trace, pool?.Trace(trace, c) ?? c, residual: null);
        }

        public Tensor Backward(Tensor dy)
        {
            Tensor dc = BackwardToConvolution(dy);
            Tensor dx = slots.Take(dy[0], convolution.Input);
            convolution.Backward(dc, dx, accumulate: false);
            slots.Return(dc);
            return dx;
        }

        public void BackwardParameters(Tensor dy)
        {
            Tensor dc = BackwardToConvolution(dy);
            convolution.BackwardWeight(dc);
            slots.Return(dc);
        }

        private Tensor BackwardToConvolution(Tensor dy)
        {
            norm.Backward(dy, dy, default);
            return pool is null ? dy : pool.Backward(dy);
        }
    }
}
