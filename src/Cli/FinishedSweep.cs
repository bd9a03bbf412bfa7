namespace NegSamples.Cli;

/// <summary>What a sweep found.</summary>
/// <param name="Sweep">Its folder.</param>
/// <param name="Report">Its report.</param>
/// <param name="Runs">Its runs.</param>
internal sealed record FinishedSweep(string Sweep, string Report, IReadOnlyList<FinishedRun> Runs);

/// <summary>A run of a sweep; what could not be measured is null.</summary>
/// <param name="Run">Its folder.</param>
/// <param name="Negatives">K of the bound.</param>
/// <param name="BatchSize">N.</param>
/// <param name="Temperature">T.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Steps">Weight updates.</param>
/// <param name="PeakRate">The peak learning rate.</param>
/// <param name="MeanTop1">Accuracy of the mean classifier before the head, a share.</param>
/// <param name="LinearTop1">Of the linear classifier.</param>
/// <param name="KnnTop1">Of the nearest neighbours.</param>
/// <param name="Upsilon">The probability that K + 1 samples hold all classes.</param>
/// <param name="SupervisedLoss">The mean classifier's loss in nats.</param>
/// <param name="CouponBound">The coupon-collector bound of it; null where it is vacuous.</param>
/// <param name="CurlBound">The CURL bound of it; null where it is vacuous.</param>
internal sealed record FinishedRun(
    string Run, int Negatives, int BatchSize, double Temperature, string Loss, ulong Seed, long Steps, double PeakRate, double? MeanTop1, double? LinearTop1,
    double? KnnTop1, double? Upsilon, double? SupervisedLoss, double? CouponBound, double? CurlBound);
