using System.Globalization;
using System.Text.Json.Serialization;
using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary>Similarities of N queries and K keys as they were measured.</summary>
/// <param name="Device">The device in words.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="Form">The loss.</param>
/// <param name="Dimension">D.</param>
/// <param name="Temperature">T.</param>
/// <param name="Repetitions">How often each pass was timed.</param>
/// <param name="Seed">Key of the random rows.</param>
/// <param name="SpillBytes">Bytes of logits that the streaming method might keep; null for <see cref="ContrastiveSettings.AutomaticSpillBytes"/>.</param>
/// <param name="PeakGflops">Multiply-adds from registers on as many threads of all ranks, the best of this run, in GFLOP/s.</param>
/// <param name="AvailableBytes">Memory that was available at the start.</param>
/// <param name="IsComplete">Whether nothing was cut off by an interruption.</param>
/// <param name="Rows">One row for each K and method.</param>
/// <param name="LeftOut">What did not fit into the memory.</param>
/// <param name="Ranks">P: ranks that shared the keys of each K, and the queries. Memory is that of the rank that took the most, all else of all
/// together.</param>
/// <param name="Bias">b of the sigmoid loss; null of the others.</param>
/// <param name="Precision">What the CPU computed with, and its peak is of: "bf16" (by portable code, where it has no instructions for it, and the peak is of
/// float32) or "fp32".</param>
public sealed record SimilarityReport(
    string Device, string Processor, SimilarityForm Form, int Dimension, float Temperature, int Repetitions, ulong Seed, long? SpillBytes, double PeakGflops,
    long AvailableBytes, bool IsComplete, IReadOnlyList<SimilarityRow> Rows, IReadOnlyList<SimilarityNeed> LeftOut, int Ranks = 1, float? Bias = null, string Precision = "fp32");

/// <summary>One method at one K.</summary>
/// <param name="Rows">N.</param>
/// <param name="Keys">K.</param>
/// <param name="Method">The method.</param>
/// <param name="InputBytes">Bytes of queries, keys, positives and indices.</param>
/// <param name="OutputBytes">Bytes of losses and gradients.</param>
/// <param name="ExtraBytes">Bytes beyond these that the method's arena and the operations' workspace took.</param>
/// <param name="WorkingSetBytes">How much the process' resident memory rose above inputs and outputs at its peak, as the system counts it.</param>
/// <param name="Forward">The loss alone.</param>
/// <param name="ForwardBackward">The loss with its gradients.</param>
/// <param name="Error">How far the results are from float64.</param>
public sealed record SimilarityRow(
    int Rows, int Keys, SimilarityMethod Method, long InputBytes, long OutputBytes, long ExtraBytes, long WorkingSetBytes, SimilarityPass Forward,
    SimilarityPass ForwardBackward, SimilarityError Error);

/// <summary>The time of a pass.</summary>
/// <param name="Products">Products that are counted, 2·N·K·D FLOPs each.</param>
/// <param name="MedianSeconds">Median of the repetitions.</param>
/// <param name="LowerQuartileSeconds">Lower quartile.</param>
/// <param name="UpperQuartileSeconds">Upper quartile.</param>
/// <param name="PairsPerSecond">N·K over the median.</param>
/// <param name="Gflops">Counted FLOPs over the median, in GFLOP/s.</param>
/// <param name="PeakShare">GFLOP/s over the machine's peak in this run.</param>
/// <param name="FloorSeconds">The counted FLOPs at the machine's peak.</param>
public sealed record SimilarityPass(
    double Products, double MedianSeconds, double LowerQuartileSeconds, double UpperQuartileSeconds, double PairsPerSecond, double Gflops, double PeakShare,
    double FloorSeconds)
{
    /// <summary>Makes a pass of its times.</summary>
    /// <param name="shape">The size.</param>
    /// <param name="products">Products that are counted.</param>
    /// <param name="seconds">The times of the repetitions, at least one.</param>
    /// <param name="peakGflops">The machine's peak.</param>
    public static SimilarityPass Of(SimilarityShape shape, double products, IReadOnlyList<double> seconds, double peakGflops)
    {
        ArgumentNullException.ThrowIfNull(seconds);
        double[] sorted = [.. seconds.Order()];
        double median = Quantiles.Of(sorted, 0.5), gflops = shape.Flops(products) / median / 1e9;
        return new(
            products, median, Quantiles.Of(sorted, 0.25), Quantiles.Of(sorted, 0.75), shape.Pairs / median, gflops, gflops / peakGflops,
            shape.Flops(products) / peakGflops / 1e9);
    }

    /// <summary>A time in milliseconds for a person: four digits, never an exponent for seconds.</summary>
    /// <param name="seconds">The time.</param>
    public static string Milliseconds(double seconds) => (seconds * 1e3).ToString(seconds < 1 ? "G4" : "F0", CultureInfo.InvariantCulture);
}

/// <summary>How far a method's results are from float64, on sampled rows. The rows are evenly spaced; the first and the last are among them.</summary>
/// <param name="Queries">How many queries' losses and gradients were computed in float64.</param>
/// <param name="Loss">The largest error of a loss, in nats.</param>
/// <param name="QueryGradient">The largest error of an element of a query's gradient (of dz for NT-Xent and two towers), over the largest element in these
/// rows.</param>
/// <param name="Keys">How many keys' gradients were computed in float64; 0 where keys have none of their own.</param>
/// <param name="KeyGradient">The same of the keys' gradient; null where keys have none of their own.</param>
/// <param name="ColumnTruth">What the truth of a key's gradient stands on.</param>
public sealed record SimilarityError(int Queries, double Loss, double QueryGradient, int Keys, double? KeyGradient, ColumnTruth ColumnTruth);

/// <summary>What the float64 gradient of a key, a sum over all queries' softmax weights, stands on.</summary>
public enum ColumnTruth
{
    /// <summary>Keys have no gradient.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The log-sum-exp of every query in float64.</summary>
    [JsonStringEnumMemberName("exact")]
    Exact,

    /// <summary>The measured loss of the queries that were not sampled, because N·K·D multiply-adds in float64 take too long. The error then holds
    /// theirs as well.</summary>
    [JsonStringEnumMemberName("measured-loss")]
    MeasuredLoss,
}
