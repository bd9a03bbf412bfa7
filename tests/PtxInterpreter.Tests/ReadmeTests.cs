using ILGPU;

namespace NegSamples.PtxInterpreter.Tests;

public class ReadmeTests
{
    [Fact]
    public void TheExampleRuns()
    {
        PtxMachine machine = IlgpuKernels.Load(Kernels.Double);
        DeviceBuffer<float> x = machine.Allocate(1f, 2f, 3f), y = machine.AllocateUnwritten<float>(3);
        LaunchReport report = machine.Launch(1, 32, x, y, 3).AssertClean();
        Assert.Equal([2f, 4f, 6f], y.ToArray());
        Assert.True(report.SectorsNeeded > 0);
    }

    private static class Kernels
    {
        public static void Double(ArrayView<float> x, ArrayView<float> y, int n)
        {
            int i = Grid.GlobalIndex.X;
            if (i < n) y[i] = 2 * x[i];
        }
    }
}
