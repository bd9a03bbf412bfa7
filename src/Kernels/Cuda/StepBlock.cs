namespace NegSamples.Kernels.Cuda;

/// <summary><see cref="StepNumbers"/> in device memory, and the flag that ends a step.</summary>
internal struct StepBlock
{
    public float LearningRate, Keep, Rate, SecondCorrection;
    public uint FirstDraw;
    public int Oldest;

    /// <summary>1 where a number of the step is not finite.</summary>
    public int Stopped;
}
