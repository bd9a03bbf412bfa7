using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;

namespace NegSamples.Tests.Training;

public class FiniteGradientsTests
{
    /// <summary>Every tensor is found by its own name, whichever number of it is bad.</summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void TheTensorIsNamed(float bad)
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, TinyRun.Settings.Model, 3);
        model.Gradients.Floats.Fill(float.MaxValue);
        FiniteGradients.Require(model, 4);
        Random random = new(2);
        int at = 0;
        foreach (NamedTensor tensor in model.Tensors.Where(tensor => tensor.Trainable).OrderBy(tensor => Start(model, tensor)))
        {
            at = Start(model, tensor) + random.Next((int)tensor.Value.Count);
            model.Gradients.Floats[at] = bad;
            NonFiniteLossException fault = Assert.Throws<NonFiniteLossException>(() => FiniteGradients.Require(model, 4));
            Assert.Contains($"In step 4 1 of {tensor.Value.Count} gradients of {tensor.Name} are", fault.Message, StringComparison.Ordinal);
            model.Gradients.Floats[at] = -float.MaxValue;
        }

        Assert.True(at > 0);
        FiniteGradients.Require(model, 4);
    }

    /// <summary>Gradients on a GPU are looked at there.</summary>
    [Fact]
    public void TheTensorIsNamedOnTheOtherDeviceToo()
    {
        using CudaRig rig = new();
        using Model model = Model.Create(rig.Ops, TinyRun.Settings.Model, 3);
        float[] gradients = new float[model.Gradients.Count];
        rig.Ops.Zero(model.Gradients);
        FiniteGradients.Require(model, 4);
        ParameterSegment last = model.Segments[^1];
        gradients[last.Offset + last.Length - 1] = float.NaN;
        rig.Ops.Upload<float>(gradients, model.Gradients);
        string name = model.Tensors.Last(tensor => tensor.Trainable).Name;
        NonFiniteLossException fault = Assert.Throws<NonFiniteLossException>(() => FiniteGradients.Require(model, 4));
        Assert.Contains($"In step 4 1 of {last.Length} gradients of {name} are", fault.Message, StringComparison.Ordinal);
    }

    private static int Start(Model model, NamedTensor tensor)
    {
        // A mark in the parameter is found again in the flat tensor.
        float kept = tensor.Value.Floats[0];
        tensor.Value.Floats[0] = 12345.5f;
        int start = model.Parameters.Floats.IndexOf(12345.5f);
        tensor.Value.Floats[0] = kept;
        return start;
    }
}
