namespace NegSamples.Theory.Bounds;

/// <summary>The terms of the bounds, summed over the samples of some batches. Batches are added in their order, whoever computed them.</summary>
internal record struct BoundSums
{
    public long Batches, CoveredBatches, Samples, UniqueSamples, Correct;

    public double DuplicatesSquared, Contrastive, Original, Supervised, Partial, Conflict, CurlSupervised, CurlPartial, Assumption, Linear, Jensen,
    MeanClassifier, Collision;

    public void Add(in BoundSums other)
    {
        Batches += other.Batches;
        CoveredBatches += other.CoveredBatches;
        Samples += other.Samples;
        UniqueSamples += other.UniqueSamples;
        Correct += other.Correct;
        DuplicatesSquared += other.DuplicatesSquared;
        Contrastive += other.Contrastive;
        Original += other.Original;
        Supervised += other.Supervised;
        Partial += other.Partial;
        Conflict += other.Conflict;
        CurlSupervised += other.CurlSupervised;
        CurlPartial += other.CurlPartial;
        Assumption += other.Assumption;
        Linear += other.Linear;
        Jensen += other.Jensen;
        MeanClassifier += other.MeanClassifier;
        Collision += other.Collision;
    }
}
