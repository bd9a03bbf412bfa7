using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class LinearTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 7, 33)]
    [InlineData(65, 130, 40)]
    public void LinearAndItsGradientsErrNoMoreThanTwiceANaiveFloatLoop(int n, int inputs, int outputs)
    {
        using Rig rig = new(5L * ((n * inputs) + (n * outputs) + (inputs * outputs)) + (3 * outputs));
        Tensor x = rig.Random(n, inputs), w = rig.Random(outputs, inputs), b = rig.Random(outputs), y = rig.Take(n, outputs);
        Tensor dy = rig.Random(n, outputs), dx = rig.Take(n, inputs), dw = rig.Random(outputs, inputs), db = rig.Random(outputs);
        Product forward = new(n, outputs), input = new(n, inputs), weight = new(outputs, inputs), bias = new(1, outputs);
        for (int o = 0; o < outputs; o++)
        {
            bias.Start(o, db.Floats[o]);
            for (int i = 0; i < inputs; i++) weight.Start((o * inputs) + i, dw.Floats[(o * inputs) + i]);
        }

        for (int r = 0; r < n; r++)
        for (int o = 0; o < outputs; o++)
        {
            forward.Start((r * outputs) + o, b.Floats[o]);
            bias.Add(o, dy.Floats[(r * outputs) + o], 1);
            for (int i = 0; i < inputs; i++)
            {
                forward.Add((r * outputs) + o, x.Floats[(r * inputs) + i], w.Floats[(o * inputs) + i]);
                input.Add((r * inputs) + i, dy.Floats[(r * outputs) + o], w.Floats[(o * inputs) + i]);
                weight.Add((o * inputs) + i, dy.Floats[(r * outputs) + o], x.Floats[(r * inputs) + i]);
            }
        }

        rig.Ops.LinearForward(x, w, b, y);
        rig.Ops.LinearBackward(dy, x, w, dx, dw, db);
        forward.Check(y);
        input.Check(dx);
        weight.Check(dw);
        bias.Check(db);
    }

    /// <summary>A sum of products in double and, the naive way, in float.</summary>
    private sealed class Product(int rows, int columns)
    {
        private readonly double[] truth = new double[rows * columns];
        private readonly float[] naive = new float[rows * columns];

        public void Start(int at, float value) => (truth[at], naive[at]) = (value, value);

        public void Add(int at, float left, float right)
        {
            truth[at] += (double)left * right;
            naive[at] += left * right;
        }

        public void Check(Tensor result) => Assert.InRange(Rig.MaxError(result.Floats, truth), 0, (2 * Rig.MaxError(naive, truth)) + 1e-6);
    }
}
