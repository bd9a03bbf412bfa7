using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda.Products;

namespace NegSamples.Tests.Kernels;

public class CudaLinearTests
{
    [Theory]
    [InlineData(Precision.BFloat16, 1, 1, 1)]
    [InlineData(Precision.BFloat16, 70, 33, 10)]
    [InlineData(Precision.TensorFloat32, 70, 33, 10)]
    [InlineData(Precision.Float32, 150, 12, 65)]
    internal void ForwardAndGradientsMatchTheDefinition(Precision precision, int rows, int inputs, int outputs)
    {
        using CudaRig rig = new(precision);
        ElementType type = rig.Ops.ActivationType;
        Tensor x = rig.Random(type, rows, inputs), w = rig.Random(outputs, inputs), b = rig.Random(outputs), y = rig.Unwritten(ElementType.Float32, rows, outputs);
        Tensor dy = rig.Random(ElementType.Float32, rows, outputs), dx = rig.Unwritten(type, rows, inputs), dw = rig.Random(outputs, inputs), db = rig.Random(outputs);
        float[] xs = rig.Floats(x), ws = rig.Floats(w), bs = rig.Floats(b), dys = rig.Floats(dy), dwBefore = rig.Floats(dw), dbBefore = rig.Floats(db);
        ProductBound ofY = new(y.Count), ofX = new(x.Count), ofW = new(w.Count), ofB = new(b.Count);
        for (int o = 0; o < outputs; o++)
        {
            ofB.Add(o, dbBefore[o]);
            for (int i = 0; i < inputs; i++) ofW.Add((o * inputs) + i, dwBefore[(o * inputs) + i]);
            for (int n = 0; n < rows; n++)
            {
                int at = (n * outputs) + o;
                ofY.Add(at, bs[o]);
                ofB.Add(o, dys[at]);
                for (int i = 0; i < inputs; i++)
                {
                    ofY.Add(at, (double)xs[(n * inputs) + i] * ws[(o * inputs) + i]);
                    ofX.Add((n * inputs) + i, (double)dys[at] * ws[(o * inputs) + i]);
                    ofW.Add((o * inputs) + i, (double)dys[at] * xs[(n * inputs) + i]);
                }
            }
        }

        rig.Ops.LinearForward(x, w, b, y);
        rig.Ops.LinearBackward(dy, x, w, dx, dw, db);
        ofY.Check(rig.Floats(y), precision, ElementType.Float32, ElementType.Float32);
        ofX.Check(rig.Floats(dx), precision, ElementType.Float32, type);
        ofW.Check(rig.Floats(dw), precision, ElementType.Float32, ElementType.Float32);
        ofB.Check(rig.Floats(db), Precision.Float32, ElementType.Float32, ElementType.Float32);
    }

    [Theory]
    [InlineData(ElementType.Float32, 3, 5)]
    [InlineData(ElementType.BFloat16, 200, 40)]
    internal void TheBiasOfStoredActivations(ElementType type, int rows, int columns)
    {
        using CudaRig rig = new(Precision.BFloat16);
        Tensor x = rig.Random(type, rows, 4), w = rig.Zeros(columns, 4), b = rig.Random(columns), y = rig.Unwritten(type, rows, columns), dw = rig.Zeros(columns, 4), db = rig.Zeros(columns);
        rig.Ops.LinearForward(x, w, b, y);
        float[] bias = rig.Floats(b);
        Assert.Equal(
            Enumerable.Range(0, rows * columns).Select(i => type == ElementType.BFloat16 ? BFloat16.ToFloat(BFloat16.FromFloat(bias[i % columns])) : bias[i % columns]), rig.Floats(y));
        rig.Ops.LinearBackward(y, x, w, default, dw, db);
        ProductBound sums = new(columns);
        float[] ys = rig.Floats(y);
        for (int i = 0; i < ys.Length; i++) sums.Add(i % columns, ys[i]);
        sums.Check(rig.Floats(db), Precision.Float32, type, ElementType.Float32);
    }

    [Fact]
    public void ColumnSumsReadWholeSectors()
    {
        using CudaRig rig = new(Precision.Float32);
        Tensor dy = rig.Random(256, 128), x = rig.Random(256, 4), w = rig.Random(128, 4), dw = rig.Zeros(128, 4), db = rig.Zeros(128);
        rig.Ops.LinearBackward(dy, x, w, default, dw, db);
        foreach (string kernel in new[] { "ColumnSumsKernel", "MergeKernel" })
        {
            Assert.InRange((double)rig.Device.Report(kernel).SectorsNeeded / rig.Device.Report(kernel).SectorsAsked, 0.9, 1);
            Assert.InRange(rig.Device.Report(kernel).BankConflicts, 0, rig.Device.Report(kernel).Wavefronts / 20);
        }
    }
}
