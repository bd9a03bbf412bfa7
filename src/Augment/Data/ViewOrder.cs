namespace NegSamples.Augment.Data;

/// <summary>
/// The order of a batch's views, agreed on by the reader of the images, the loss and everything between: [shard][view][sample]. Shard by shard, view by view
/// in each, sample by sample in each; with one shard, view 0 of all samples, then view 1 of all samples.
/// </summary>
/// <remarks>So the rows of a shard lie together, and its loss, which takes no negatives from others, is one of consecutive rows.</remarks>
/// <param name="Samples">N: samples of the batch.</param>
/// <param name="ViewsPerSample">Views of each.</param>
/// <param name="Shards">S: a divisor of the samples.</param>
internal readonly record struct ViewOrder(int Samples, int ViewsPerSample, int Shards = 1)
{
    /// <summary>N/S.</summary>
    public int SamplesPerShard => Samples / Shards;

    /// <summary>The row of a view, from 0.</summary>
    /// <param name="sample">The sample's place in the batch, from 0.</param>
    /// <param name="view">The view, from 0.</param>
    public int Row(int sample, int view)
    {
        (int shard, int place) = Math.DivRem(sample, SamplesPerShard);
        return (((shard * ViewsPerSample) + view) * SamplesPerShard) + place;
    }
}
