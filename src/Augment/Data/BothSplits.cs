namespace NegSamples.Augment.Data;

/// <summary>What the splits of a data set hold open, given up together.</summary>
/// <param name="train">The training split.</param>
/// <param name="test">The test split; null where there is none.</param>
internal sealed class BothSplits(IDisposable train, IDisposable? test) : IDisposable
{
    public void Dispose()
    {
        train.Dispose();
        test?.Dispose();
    }
}
