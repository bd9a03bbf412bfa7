using System.Globalization;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels.SelfTest;

/// <summary>What a GPU, a driver and a program that have not met before do together before a run trusts them: a second's part of the self-test.</summary>
/// <remarks>A driver may report success for kernels that compute nothing, or something else; every later number would be theirs.</remarks>
internal static class FirstContact
{
    private const int Rows = 256, Dimension = 128;

    private static readonly SelfTestCase[] Cases =
    [
        new($"a product [{Rows}, {Dimension}] x [{Dimension}, {Rows}]", SelfTestKind.Products, run =>
            run.Ops.MatMul(run.Numbers(Rows, Dimension), run.Numbers(Dimension, Rows), run.Result(Rows, Rows))),
        new("a convolution and its batch norm", SelfTestKind.Products, run =>
        {
            const int Images = 8, Side = 16, Channels = 32;
            int[] shape = [Images, Side, Side, Channels];
            Tensor x = run.Input(shape), w = run.Numbers(Channels, 3, 3, Channels), y = run.Output(shape);
            run.Ops.Conv2dForward(x, w, y, 1, 1);
            run.Ops.BatchNormForward(
                y, run.Numbers(Channels), run.Numbers(Channels), run.Compare(run.Numbers(Channels)), run.Compare(run.Numbers(Channels)),
                run.Result(Channels), run.Result(Channels), default, relu: false, run.Output(shape));
        }),
        new($"a loss of {Counted.Of(Rows, "row")}", SelfTestKind.Products, run =>
        {
            Tensor z = run.UnitRows(Rows, Dimension);
            TwoViews views = new(run.Arena(TwoViews.BytesFor(Rows / 2)), Rows / 2);
            run.Ops.ContrastiveLoss(
                views.BothViews(z), new ContrastiveSettings(0.5f), run.Result(Rows), run.Result(Rows), ContrastiveGradients.OfRows(run.Result(Rows, Dimension)));
        }),
    ];

    /// <summary>Compares the device with the CPU's operations.</summary>
    /// <param name="device">The device.</param>
    /// <param name="precision">What it computes with.</param>
    /// <param name="cpu">The CPU.</param>
    /// <returns>What is wrong, in words; null where nothing is.</returns>
    public static string? Fault(Ops device, Precision precision, CpuOps cpu)
    {
        ArgumentNullException.ThrowIfNull(device);
        foreach (SelfTestCase test in CasesOf(device))
        {
            SelfTestResult result = DeviceSelfTest.Run(device, precision, cpu, test);
            if (result.Failure is not null)
            {
                // Of memory this takes so little that no batch makes it less.
                string words = result.Failure.Replace(GpuDevice.TakeLess, " Look at what else runs on this GPU, by nvidia-smi.", StringComparison.Ordinal);
                return $"{device.Description} fails in {result.Name}: {words}";
            }

            if (!result.Passed)
                return string.Create(CultureInfo.InvariantCulture,
                    $"{device.Description} computes {result.Name} wrongly: off by {result.Error:0.0e+0} of the greatest number, of which rounding explains {result.Tolerance:0.0e+0}");
        }

        return null;
    }

    /// <summary>The same of a GPU that may not answer.</summary>
    /// <param name="gpu">The GPU.</param>
    /// <param name="cpu">The CPU.</param>
    /// <param name="note">Is told what takes time; null for nobody.</param>
    /// <exception cref="DeviceException">It does not answer. Its memory must not be freed then: that would wait for it again.</exception>
    public static string? Fault(CudaOps gpu, CpuOps cpu, Action<string>? note)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        gpu.Prepare(Rehearse, note);
        return DriverPatience.Within($"The check of {gpu.Description}", () => Fault(gpu, gpu.Precision, cpu), note);
    }

    /// <summary>What a device is asked. Kernels that are only taken where they are asked for are taken where each of them passes.</summary>
    internal static IEnumerable<SelfTestCase> CasesOf(Ops device) => device is CudaOps { MatrixKernels: not MatrixKernels.Mma }
        ? [.. Cases, .. SelfTestCases.Tiles(device, ends: true), .. SelfTestCases.Pairs(SelfTestCases.PairForms.Take(3))] : Cases;

    /// <summary>Does the same work without a comparison, for a device that only takes down what it would launch.</summary>
    private static void Rehearse(Ops device)
    {
        foreach (SelfTestCase test in CasesOf(device))
        {
            using SelfTestRun run = new(device, device.ActivationType);
            test.Body(run);
        }
    }
}
