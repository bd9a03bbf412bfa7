using System.Runtime.InteropServices;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;

namespace NegSamples.Onnx;

/// <summary>Builds a graph of ONNX operations (opset 17) from what a model does in inference. Weights keep the names of the state dictionary.</summary>
internal sealed class OnnxGraph : INetworkTrace
{
    private const int FloatType = 1; // TensorProto.DataType
    private const string Floor = "unit_rows.floor", Weight = ".weight", Bias = ".bias";

    private readonly Dictionary<string, (int[] Shape, float[] Values)> state;
    private readonly List<OnnxNode> nodes = [];
    private readonly List<string> weights = [];
    private readonly bool folds;

    /// <summary>Begins a graph.</summary>
    /// <param name="model">Whose weights it has.</param>
    /// <param name="folds">Whether a batch norm becomes a part of the convolution or linear layer before it, whose weights then are other ones, with a bias.
    /// Behind a max pool it does where no factor is negative: there the largest number stays the largest.</param>
    public OnnxGraph(Model model, bool folds)
    {
        this.folds = folds;
        state = TorchState.Of(model).ToDictionary(entry => entry.Name, entry => (entry.Shape, entry.Values));
    }

    /// <summary>Brings pixels 0 to 1 into the range that the encoder wants, so that nobody who runs the file can forget it.</summary>
    public string Pixels(string x, PixelRange range)
    {
        if (range == PixelRange.Unit) return x;
        const string factor = "pixels.factor", shift = "pixels.shift";
        state[factor] = ([1, 3, 1, 1], [range.RedFactor, range.GreenFactor, range.BlueFactor]);
        state[shift] = ([1, 3, 1, 1], [range.RedShift, range.GreenShift, range.BlueShift]);
        return Add(new OnnxNode("Add", [Add(new OnnxNode("Mul", [x, Use(factor)], "pixels/scaled")), Use(shift)], "pixels"));
    }

    public string Convolution(string x, string weight, int stride, int padding)
    {
        int kernel = state[weight].Shape[2];
        return Add(new OnnxNode("Conv", [x, Use(weight)], Layer(weight), OnnxNode.Wholes("kernel_shape", kernel, kernel), OnnxNode.Wholes("strides", stride, stride),
            OnnxNode.Wholes("pads", padding, padding, padding, padding)));
    }

    public string BatchNorm(string x, string norm, string? residual, bool relu)
    {
        string y = folds && TryFold(x, norm) ? x : Add(new OnnxNode(
            "BatchNormalization", [x, Use(norm + Weight), Use(norm + Bias), Use(norm + ".running_mean"), Use(norm + ".running_var")], norm,
            OnnxNode.Real("epsilon", Ops.BatchNormEpsilon)));
        if (residual is not null) y = Add(new OnnxNode("Add", [y, residual], norm + "/sum"));
        return relu ? Add(new OnnxNode("Relu", [y], norm + "/relu")) : y;
    }

    public string MaxPool(string x, int kernel, int stride, int padding) => Add(new OnnxNode(
        "MaxPool", [x], x + "/pool", OnnxNode.Wholes("kernel_shape", kernel, kernel), OnnxNode.Wholes("strides", stride, stride),
        OnnxNode.Wholes("pads", padding, padding, padding, padding)));

    public string MeanOfPixels(string x) => Add(new OnnxNode("Flatten", [Add(new OnnxNode("GlobalAveragePool", [x], "pooled"))], "rows", OnnxNode.Whole("axis", 1)));

    public string Linear(string x, string weight, string? bias) => Add(new OnnxNode(
        "Gemm", bias is null ? [x, Use(weight)] : [x, Use(weight), Use(bias)], Layer(weight), OnnxNode.Whole("transB", 1)));

    public string UnitRows(string x)
    {
        state[Floor] = ([1], [Ops.L2NormalizeFloor]);
        string length = Add(new OnnxNode("ReduceL2", [x], "length", OnnxNode.Wholes("axes", 1), OnnxNode.Whole("keepdims", 1)));
        return Add(new OnnxNode("Div", [x, Add(new OnnxNode("Max", [length, Use(Floor)], "length/floor"))], "unit"));
    }

    /// <summary>GraphProto, whose one result has the name that it should have.</summary>
    /// <param name="input">The name of the images.</param>
    /// <param name="side">Their rows and columns.</param>
    /// <param name="result">What the trace gave.</param>
    /// <param name="output">The result's name.</param>
    /// <param name="columns">The length of its rows.</param>
    public ProtobufMessage ToMessage(string input, int side, string result, string output, int columns)
    {
        int last = nodes.FindIndex(node => node.Output == result);
        nodes[last] = nodes[last] with { Output = output };
        ProtobufMessage graph = new();
        foreach (OnnxNode node in nodes) graph.With(1, node.ToMessage());
        graph.With(2, "encoder");
        foreach (string name in weights)
        {
            (int[] shape, float[] values) = state[name];
            graph.With(5, new ProtobufMessage().With(1, [.. shape.Select(axis => (long)axis)]).With(2, FloatType).With(8, name)
                .With(9, MemoryMarshal.AsBytes<float>(values).ToArray()));
        }

        return graph.With(11, Value(input, 3, side, side)).With(12, Value(output, columns));
    }

    /// <summary>ValueInfoProto of float32 numbers whose first axis is any number of images.</summary>
    private static ProtobufMessage Value(string name, params ReadOnlySpan<int> axes)
    {
        ProtobufMessage shape = new ProtobufMessage().With(1, new ProtobufMessage().With(2, "batch"));
        foreach (int axis in axes) shape.With(1, new ProtobufMessage().With(1, axis));
        return new ProtobufMessage().With(1, name).With(2, new ProtobufMessage().With(1, new ProtobufMessage().With(1, FloatType).With(2, shape)));
    }

    private static string Layer(string weight) => weight[..^Weight.Length];

    private string Add(OnnxNode node)
    {
        nodes.Add(node);
        return node.Output;
    }

    private string Use(string weight)
    {
        weights.Add(weight);
        return weight;
    }

    private bool TryFold(string x, string norm)
    {
        float[] gamma = state[norm + Weight].Values, beta = state[norm + Bias].Values;
        float[] mean = state[norm + ".running_mean"].Values, variance = state[norm + ".running_var"].Values;
        int at = nodes.FindIndex(node => node.Output == x);
        if (nodes[at].Operation == "MaxPool" && Array.TrueForAll(gamma, factor => factor >= 0)) at = nodes.FindIndex(node => node.Output == nodes[at].Inputs[0]);
        if (nodes[at].Operation is not ("Conv" or "Gemm")) return false;
        string weight = nodes[at].Inputs[1], bias = Layer(weight) + Bias;
        float[] values = state[weight].Values;
        bool hasBias = nodes[at].Inputs.Count > 2;
        float[] shift = hasBias ? state[bias].Values : new float[gamma.Length];
        int columns = values.Length / gamma.Length;
        for (int channel = 0; channel < gamma.Length; channel++)
        {
            double factor = gamma[channel] / Math.Sqrt((double)variance[channel] + Ops.BatchNormEpsilon);
            for (int i = channel * columns; i < (channel + 1) * columns; i++) values[i] = (float)(values[i] * factor);
            shift[channel] = (float)(beta[channel] + ((shift[channel] - mean[channel]) * factor));
        }

        state[bias] = ([shift.Length], shift);
        if (!hasBias) nodes[at] = nodes[at] with { Inputs = [.. nodes[at].Inputs, Use(bias)] };
        return true;
    }
}
