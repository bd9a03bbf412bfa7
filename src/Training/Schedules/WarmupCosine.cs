namespace NegSamples.Training.Schedules;

/// <summary>The learning rate as a pure function of the step: linear warm-up, then a half cosine to 0.</summary>
/// <remarks>
/// <c>lr(t) = peak·(t+1)/W</c> for t &lt; W, and <c>peak·½(1 + cos(π·(t−W)/(S−W)))</c> after. A function of the global step alone, so nothing
/// jumps after a resume. Source: Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5 without restarts; SimCLR's warm-up.
/// </remarks>
/// <param name="Peak">The rate at the end of the warm-up.</param>
/// <param name="WarmupSteps">W.</param>
/// <param name="TotalSteps">S.</param>
internal sealed record WarmupCosine(double Peak, long WarmupSteps, long TotalSteps)
{
    /// <summary>The rate of one step.</summary>
    /// <param name="step">t, from 0 to S − 1.</param>
    public float At(long step)
    {
        if (step < WarmupSteps) return (float)(Peak * (step + 1) / WarmupSteps);
        double progress = (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);
        return (float)(Peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, progress))));
    }
}
