using System.Numerics;
using NegSamples.Training;

namespace NegSamples.Tests.Training;

/// <summary>The networks once more, as plain loops over a tape, in double for the truth and in float for the error that naive code makes.</summary>
/// <remarks>Each operation pushes its backward step; <see cref="Backward"/> runs them in reverse. Nothing is shared with the code under test but
/// the names and values of the state.</remarks>
internal sealed class ReferenceNetwork<T>
    where T : struct, IFloatingPointIeee754<T>
{
    private readonly Dictionary<string, Node> state = [];
    private readonly Stack<Action> tape = [];
    private readonly bool training;

    public ReferenceNetwork(Model model, bool training)
    {
        this.training = training;
        foreach (NamedTensor tensor in model.Tensors)
        {
            int[] shape = [.. Enumerable.Range(0, tensor.Value.Rank).Select(axis => tensor.Value[axis])];
            state.Add(tensor.Name, new Node(shape, Array.ConvertAll(tensor.Value.Floats.ToArray(), T.CreateChecked)));
        }
    }

    public Node this[string name] => state[name];

    public static Node Input(ReadOnlySpan<float> values, params int[] shape) => new(shape, Array.ConvertAll(values.ToArray(), T.CreateChecked));

    public Node Encoder(Node x, ModelSettings settings, bool bottleneck, int[] blocks) =>
        settings.Encoder == EncoderKind.ConvNet ? ConvNet(x) : ResNet(x, settings.Stem, bottleneck, blocks);

    private Node ConvNet(Node x)
    {
        for (int stage = 1; stage <= 4; stage++)
        {
            x = Convolution(x, $"conv{stage}.weight", 1, 1);
            if (stage < 4) x = MaxPool(x, 2, 2, 0);
            x = Relu(BatchNorm(x, $"bn{stage}"));
        }

        return AveragePool(x);
    }

    private Node ResNet(Node x, StemKind stem, bool bottleneck, int[] blocks)
    {
        (int stride, int padding) = stem switch { StemKind.ImageNet => (2, 3), StemKind.Paper => (1, 3), _ => (1, 1) };
        x = Relu(BatchNorm(Convolution(x, "conv1.weight", stride, padding), "bn1"));
        if (stem == StemKind.ImageNet) x = MaxPool(x, 3, 2, 1);
        for (int group = 0; group < blocks.Length; group++)
        {
            for (int block = 0; block < blocks[group]; block++) x = Block(x, $"layer{group + 1}.{block}", group > 0 && block == 0 ? 2 : 1, bottleneck);
        }

        return AveragePool(x);
    }

    public Node Head(Node h)
    {
        Node a = Linear(h, "projection_head.0.weight", "projection_head.0.bias");
        return Normalize(Linear(Relu(BatchNorm(a, "projection_head.1")), "projection_head.3.weight", null));
    }

    public void Backward(Node y, ReadOnlySpan<float> dy)
    {
        for (int i = 0; i < dy.Length; i++) y.Gradient[i] = T.CreateChecked(dy[i]);
        while (tape.TryPop(out Action? step)) step();
    }

    private Node Block(Node x, string name, int stride, bool bottleneck)
    {
        Node y = bottleneck
            ? Normalized(Relu(Normalized(Relu(Normalized(x, name, 1, 1, 0)), name, 2, stride, 1)), name, 3, 1, 0)
            : Normalized(Relu(Normalized(x, name, 1, stride, 1)), name, 2, 1, 1);
        Node shortcut = state.ContainsKey(name + ".downsample.0.weight")
            ? BatchNorm(Convolution(x, name + ".downsample.0.weight", stride, 0), name + ".downsample.1")
            : x;
        return Relu(Add(y, shortcut));
    }

    private Node Normalized(Node x, string name, int number, int stride, int padding) =>
        BatchNorm(Convolution(x, $"{name}.conv{number}.weight", stride, padding), $"{name}.bn{number}");

    private Node Convolution(Node x, string weight, int stride, int padding)
    {
        Node w = state[weight];
        int n = x.Shape[0], height = x.Shape[1], width = x.Shape[2], depth = x.Shape[3], outputs = w.Shape[0], kernel = w.Shape[1];
        int rows = ((height + (2 * padding) - kernel) / stride) + 1, columns = ((width + (2 * padding) - kernel) / stride) + 1;
        Node y = new([n, rows, columns, outputs]);
        Walk((px, pw, py) =>
        {
            T sum = T.Zero;
            for (int c = 0; c < depth; c++) sum += x.Data[px + c] * w.Data[pw + c];
            y.Data[py] += sum;
        });
        tape.Push(() => Walk((px, pw, py) =>
        {
            T g = y.Gradient[py];
            for (int c = 0; c < depth; c++)
            {
                x.Gradient[px + c] += g * w.Data[pw + c];
                w.Gradient[pw + c] += g * x.Data[px + c];
            }
        }));
        return y;

        void Walk(Action<int, int, int> visit)
        {
            for (int pixel = 0; pixel < n * rows * columns; pixel++)
            {
                int q = pixel % columns, p = pixel / columns % rows, image = pixel / columns / rows;
                for (int tap = 0; tap < kernel * kernel; tap++)
                {
                    int h = (p * stride) + (tap / kernel) - padding, v = (q * stride) + (tap % kernel) - padding;
                    if (h < 0 || h >= height || v < 0 || v >= width) continue;
                    for (int o = 0; o < outputs; o++)
                        visit(((((image * height) + h) * width) + v) * depth, ((o * kernel * kernel) + tap) * depth, (pixel * outputs) + o);
                }
            }
        }
    }

    private Node BatchNorm(Node x, string name)
    {
        Node gamma = state[name + ".weight"], beta = state[name + ".bias"], runningMean = state[name + ".running_mean"], runningVariance = state[name + ".running_var"];
        int channels = x.Shape[^1], rows = x.Data.Length / channels;
        T count = T.CreateChecked(rows), momentum = T.CreateChecked(0.1), epsilon = T.CreateChecked(1e-5);
        Node y = new(x.Shape);
        T[] means = new T[channels], inverses = new T[channels];
        for (int c = 0; c < channels; c++)
        {
            T mean = runningMean.Data[c], variance = runningVariance.Data[c];
            if (training)
            {
                mean = variance = T.Zero;
                for (int r = 0; r < rows; r++) mean += x.Data[(r * channels) + c];
                mean /= count;
                for (int r = 0; r < rows; r++) variance += (x.Data[(r * channels) + c] - mean) * (x.Data[(r * channels) + c] - mean);
                variance /= count;
                runningMean.Data[c] += momentum * (mean - runningMean.Data[c]);
                runningVariance.Data[c] += momentum * ((variance * count / (count - T.One)) - runningVariance.Data[c]);
            }

            means[c] = mean;
            inverses[c] = T.One / T.Sqrt(variance + epsilon);
            for (int at = c; at < y.Data.Length; at += channels) y.Data[at] = (gamma.Data[c] * (x.Data[at] - mean) * inverses[c]) + beta.Data[c];
        }

        tape.Push(() =>
        {
            for (int c = 0; c < channels; c++)
            {
                T sum = T.Zero, product = T.Zero;
                for (int at = c; at < y.Data.Length; at += channels)
                {
                    sum += y.Gradient[at];
                    product += y.Gradient[at] * (x.Data[at] - means[c]) * inverses[c];
                }

                beta.Gradient[c] += sum;
                gamma.Gradient[c] += product;
                for (int at = c; at < y.Data.Length; at += channels)
                    x.Gradient[at] += gamma.Data[c] * inverses[c] * (y.Gradient[at] - (sum / count) - ((x.Data[at] - means[c]) * inverses[c] * product / count));
            }
        });
        return y;
    }

    private Node Relu(Node x)
    {
        Node y = new(x.Shape, Array.ConvertAll(x.Data, value => value > T.Zero ? value : T.Zero));
        tape.Push(() =>
        {
            for (int i = 0; i < y.Data.Length; i++) x.Gradient[i] += y.Data[i] > T.Zero ? y.Gradient[i] : T.Zero;
        });
        return y;
    }

    private Node Add(Node a, Node b)
    {
        Node y = new(a.Shape);
        for (int i = 0; i < y.Data.Length; i++) y.Data[i] = a.Data[i] + b.Data[i];
        tape.Push(() =>
        {
            for (int i = 0; i < y.Data.Length; i++)
            {
                a.Gradient[i] += y.Gradient[i];
                b.Gradient[i] += y.Gradient[i];
            }
        });
        return y;
    }

    private Node MaxPool(Node x, int kernel, int stride, int padding)
    {
        int n = x.Shape[0], height = x.Shape[1], width = x.Shape[2], channels = x.Shape[3];
        int rows = ((height + (2 * padding) - kernel) / stride) + 1, columns = ((width + (2 * padding) - kernel) / stride) + 1;
        Node y = new([n, rows, columns, channels]);
        int[] winner = new int[y.Data.Length];
        for (int at = 0; at < winner.Length; at++)
        {
            int c = at % channels, q = at / channels % columns, p = at / channels / columns % rows, image = at / channels / columns / rows;
            winner[at] = -1;
            for (int tap = 0; tap < kernel * kernel; tap++)
            {
                int h = (p * stride) + (tap / kernel) - padding, v = (q * stride) + (tap % kernel) - padding;
                if (h < 0 || h >= height || v < 0 || v >= width) continue;
                int source = (((((image * height) + h) * width) + v) * channels) + c;
                if (winner[at] < 0 || x.Data[source] > x.Data[winner[at]]) winner[at] = source;
            }

            y.Data[at] = x.Data[winner[at]];
        }

        tape.Push(() =>
        {
            for (int at = 0; at < winner.Length; at++) x.Gradient[winner[at]] += y.Gradient[at];
        });
        return y;
    }

    private Node AveragePool(Node x)
    {
        int pixels = x.Shape[1] * x.Shape[2], channels = x.Shape[3];
        Node y = new([x.Shape[0], channels]);
        for (int at = 0; at < x.Data.Length; at++) y.Data[Target(at)] += x.Data[at] / T.CreateChecked(pixels);
        tape.Push(() =>
        {
            for (int at = 0; at < x.Data.Length; at++) x.Gradient[at] += y.Gradient[Target(at)] / T.CreateChecked(pixels);
        });
        return y;

        int Target(int at) => (at / channels / pixels * channels) + (at % channels);
    }

    private Node Linear(Node x, string weight, string? bias)
    {
        Node w = state[weight];
        int rows = x.Shape[0], inputs = x.Shape[1], outputs = w.Shape[0];
        Node b = bias is null ? new([outputs]) : state[bias];
        Node y = new([rows, outputs]);
        for (int at = 0; at < y.Data.Length; at++)
        {
            for (int i = 0; i < inputs; i++) y.Data[at] += x.Data[(at / outputs * inputs) + i] * w.Data[(at % outputs * inputs) + i];
            y.Data[at] += b.Data[at % outputs];
        }

        tape.Push(() =>
        {
            for (int at = 0; at < y.Data.Length; at++)
            {
                b.Gradient[at % outputs] += y.Gradient[at];
                for (int i = 0; i < inputs; i++)
                {
                    x.Gradient[(at / outputs * inputs) + i] += y.Gradient[at] * w.Data[(at % outputs * inputs) + i];
                    w.Gradient[(at % outputs * inputs) + i] += y.Gradient[at] * x.Data[(at / outputs * inputs) + i];
                }
            }
        });
        return y;
    }

    private Node Normalize(Node x)
    {
        int rows = x.Shape[0], columns = x.Shape[1];
        Node y = new(x.Shape);
        T[] norms = new T[rows];
        for (int at = 0; at < x.Data.Length; at++) norms[at / columns] += x.Data[at] * x.Data[at];
        for (int at = 0; at < x.Data.Length; at++) y.Data[at] = x.Data[at] / T.Sqrt(norms[at / columns]);
        tape.Push(() =>
        {
            T[] along = new T[rows];
            for (int at = 0; at < x.Data.Length; at++) along[at / columns] += y.Gradient[at] * y.Data[at];
            for (int at = 0; at < x.Data.Length; at++) x.Gradient[at] += (y.Gradient[at] - (along[at / columns] * y.Data[at])) / T.Sqrt(norms[at / columns]);
        });
        return y;
    }

    internal sealed class Node(int[] shape, T[] data)
    {
        public Node(int[] shape)
            : this(shape, new T[shape.Aggregate(1, (product, length) => product * length)])
        {
        }

        public int[] Shape => shape;

        public T[] Data => data;

        public T[] Gradient { get; } = new T[data.Length];
    }
}
