namespace NegSamples.Kernels;

/// <summary>The numbers of a training step that are others in every step, as the device keeps them.</summary>
/// <param name="LearningRate">Of SGD and LARC.</param>
/// <param name="AdamW">Those of AdamW.</param>
/// <param name="FirstDraw">Of the step's draws of negatives the number of the first.</param>
/// <param name="Oldest">The place of a queue that the next key takes.</param>
/// <param name="Temperature">T of the loss. Kernels have it, and what is made of it, as arguments of their own, not where the device keeps the others.</param>
/// <param name="Bias">b of the loss, in the same way.</param>
internal readonly record struct StepNumbers(float LearningRate, AdamWNumbers AdamW, uint FirstDraw, int Oldest, float Temperature = 0, float Bias = 0);

/// <summary>What the learning rate and the number of the step are to AdamW.</summary>
/// <param name="Keep">1 − lr·λ.</param>
/// <param name="Rate">lr / (1−β₁ᵗ).</param>
/// <param name="SecondCorrection">1 / √(1−β₂ᵗ).</param>
internal readonly record struct AdamWNumbers(float Keep, float Rate, float SecondCorrection)
{
    /// <summary>Those of a step.</summary>
    /// <param name="step">t: 1 for the first step.</param>
    /// <param name="learningRate">lr.</param>
    /// <param name="weightDecay">λ.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    public static AdamWNumbers Of(int step, float learningRate, float weightDecay, float beta1 = 0.9f, float beta2 = 0.999f) => new(
        1 - (learningRate * weightDecay), (float)(learningRate / (1 - Math.Pow(beta1, step))), (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step))));
}
