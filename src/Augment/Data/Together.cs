namespace NegSamples.Augment.Data;

/// <summary>What the splits of a data set hold open, given up together.</summary>
/// <param name="all">All of it; null where there is nothing.</param>
internal sealed class Together(params IReadOnlyList<IDisposable?> all) : IDisposable
{
    public void Dispose()
    {
        foreach (IDisposable? one in all) one?.Dispose();
    }
}
