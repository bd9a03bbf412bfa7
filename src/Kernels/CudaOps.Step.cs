using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>The numbers of the step that runs as a whole, one <see cref="StepBlock"/>; none where operations are asked for by themselves.</summary>
    private DeviceSpan NumbersOfStep { get; set; }

    /// <summary>The numbers that this step began with: what an operation gives by value is beside them.</summary>
    private StepNumbers BegunStep { get; set; }
}
