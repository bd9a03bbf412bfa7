using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>A number that the paper or its notebooks print.</summary>
/// <param name="Text">The number as printed; accuracies in per cent.</param>
/// <param name="Source">Where it stands.</param>
internal readonly record struct PublishedNumber(string Text, string Source);

/// <summary>What Nozawa and Sato 2021 (arXiv:2102.06866) print for CIFAR-10, CIFAR-100 and AG News: t = 0.5, means of 3 seeds.</summary>
internal static class PublishedNumbers
{
    public const string Table = "Nozawa and Sato 2021, Table 2", Notebook = "bound.ipynb of the paper's code";

    private const string Cifar10 = "cifar10", Cifar100 = "cifar100", AgNews = "ag-news", AgNewsReplace = "ag-news, replace";

    private static readonly Dictionary<(string Data, int Samples, string Key), PublishedNumber> Known = Collect();

    /// <summary>The number that belongs to a quantity; null where none is known.</summary>
    /// <param name="dataKind">"cifar10", ...</param>
    /// <param name="samples">K + 1.</param>
    /// <param name="key">The quantity's key.</param>
    public static PublishedNumber? Find(string dataKind, int samples, string key) =>
        Known.TryGetValue((dataKind, samples, key), out PublishedNumber found) ? found : null;

    /// <summary>The number that belongs to a quantity at one value of a sweep's axis, as a table's note; null where none is known.</summary>
    /// <param name="data">The sweep.</param>
    /// <param name="key">The quantity's key.</param>
    /// <param name="value">The value.</param>
    public static string? NoteOf(SweepData data, string key, int value) =>
        data.Manifest.Axis is SweepAxis.BatchSize or SweepAxis.Negatives
            && Find(KindOf(data.DataKind, data.Manifest.Settings), data.Samples(value), key) is { } published
            ? "paper " + published.Text : null;

    /// <summary>What a reader of the published numbers must know; null for other data.</summary>
    /// <param name="dataKind">"cifar10", ...</param>
    /// <param name="isPaperProtocol">Whether runs were evaluated under the paper's protocol too.</param>
    public static string? Remark(string dataKind, bool isPaperProtocol = false) => dataKind switch
    {
        Cifar10 => Common + Here(isPaperProtocol),
        Cifar100 => Common + Here(isPaperProtocol)
            + " The published notebook takes υ = 4.517×10⁻⁴ at K + 1 = 128 and 5.750×10⁻⁴ at 256, which is cancellation noise; the exact values are "
            + "1.504×10⁻²² and 1.233×10⁻⁴. So the bar of the coupon-collector bound at 128 in its figure is near 1.4×10⁴ where it should be near 2.9×10²².",
        AgNews => OfTexts,
        AgNewsReplace => OfTexts + " Where words are replaced it prints Δ alone.",
        _ => null,
    };

    /// <summary>The data that the numbers of some runs are looked up under: replaced words are not those of erased ones.</summary>
    /// <param name="dataKind">"cifar10", ...</param>
    /// <param name="settings">The runs' settings.</param>
    public static string KindOf(string dataKind, TrainingSettings settings) => dataKind == AgNews && settings.Views.ReplacesWords ? AgNewsReplace : dataKind;

    private const string OfTexts = "“paper” gives what the paper and " + Notebook
        + " print for AG News with one sub-class: the mean of word vectors trained for 100 epochs on 120,000 texts, mean of 3 seeds, each the best of four learning "
        + "rates by test accuracy. The CURL upper bounds of L_sup that it prints at K + 1 of 64 and more are 2⁵³, a division by a τ that was rounded to 1, and are left out here.";

    private const string Common = "“paper” gives what the paper prints (" + Table + "; υ at CIFAR-100, 128 and 256: " + Notebook
        + "): ResNet-18 trained for 500 epochs, mean of 3 seeds. Its accuracies have another protocol: the mean classifier is from one augmented view of each training "
        + "image and the linear classifier trains on new augmentations in each epoch and is that of the best of 100 epochs by test accuracy; ";

    private static string Here(bool isPaperProtocol) => (isPaperProtocol
        ? "the rows “under the paper's protocol” are measured so, with the best test epoch, selected on the test images and therefore optimistic, beside the "
            + "last epoch and the best by a held-out part; in the other rows both are "
        : "here both are ")
        + "from plain images, and the linear classifier is that of the last epoch. d, τ, υ, the collision term and Δ hardly depend on the encoder: that they "
        + "agree says nothing about the training.";

    private static Dictionary<(string Data, int Samples, string Key), PublishedNumber> Collect()
    {
        Dictionary<(string, int, string), PublishedNumber> known = [];
        void Add(string data, string key, int[] samples, string[] texts, string source = Table)
        {
            foreach ((int count, string text) in samples.Zip(texts)) known.Add((data, count, key), new PublishedNumber(text, source));
        }

        string mean = Quantities.Accuracy("mean", head: true).Key, linear = Quantities.Accuracy("linear", head: true).Key,
            noHead = Quantities.Accuracy("linear", head: false).Key;
        string loss = QuantityName.ContrastiveLoss.Key, tau = QuantityName.CurlTau.Key, collision = QuantityName.ConflictTerm.Key,
            upsilon = QuantityName.Upsilon.Key;
        string d = QuantityName.AssumptionValue.Key, curlBound = Quantities.CurlLowerBound.Key, bound = Quantities.LowerBound.Key, delta = "collision_delta";
        string curlSup = QuantityName.CurlSupervisedLoss.Key, curlSub = "curl_partial_only", sup = "half_" + QuantityName.SupervisedLoss,
            sub = "half_" + QuantityName.PartialSupervisedLoss;
        int[] five = [32, 64, 128, 256, 512], eight = [128, 256, 384, 512, 640, 768, 896, 1024], fourOfEight = [128, 256, 512, 1024];
        int[] six = [16, 32, 64, 128, 256, 512];
        int[] fourOfFive = [32, 128, 256, 512];
        Add(Cifar10, mean, five, ["72.75", "75.30", "77.22", "78.60", "80.12"]);
        Add(Cifar10, linear, five, ["77.13", "79.70", "81.33", "82.85", "84.13"]);
        Add(Cifar10, noHead, fourOfFive, ["82.02", "85.43", "86.68", "87.66"]);
        Add(Cifar10, loss, five, ["2.02", "2.64", "3.29", "3.96", "4.64"]);
        Add(Cifar10, d, five, ["−1.16", "−1.17", "−1.18", "−1.18", "−1.19"]);
        Add(Cifar10, tau, fourOfFive, ["0.96", "1.00", "1.00", "1.00"]);
        Add(Cifar10, upsilon, fourOfFive, ["0.69", "1.00", "1.00", "1.00"]);
        Add(Cifar10, curlBound, five, ["0.23", "0.76", "1.41", "2.08", "2.75"]);
        Add(Cifar10, collision, five, ["1.32", "1.93", "2.58", "3.26", "3.94"]);
        Add(Cifar10, curlSup, five, ["0.05", "0.00", "0.00", "0.00", "0.00"]);
        Add(Cifar10, curlSub, five, ["0.01", "0.00", "0.00", "0.00", "0.00"]);
        Add(Cifar10, bound, five, ["0.39", "0.70", "1.02", "1.35", "1.69"]);
        Add(Cifar10, sup, five, ["0.63", "0.90", "0.91", "0.90", "0.90"]);
        Add(Cifar10, sub, five, ["0.26", "0.01", "0.00", "0.00", "0.00"]);
        Add(Cifar10, delta, five, ["0.60", "0.61", "0.61", "0.62", "0.62"]);
        Add(Cifar100, mean, eight, ["32.74", "34.22", "35.27", "35.98", "36.58", "37.10", "36.84", "37.50"]);
        Add(Cifar100, linear, eight, ["42.01", "43.59", "44.28", "45.09", "45.72", "46.06", "45.50", "46.52"]);
        Add(Cifar100, noHead, fourOfEight, ["57.92", "58.91", "59.30", "59.46"]);
        Add(Cifar100, loss, eight, ["3.32", "3.98", "4.38", "4.66", "4.88", "5.06", "5.21", "5.34"]);
        Add(Cifar100, d, eight, ["−0.99", "−0.98", "−0.97", "−0.97", "−0.96", "−0.95", "−0.96", "−0.95"]);
        Add(Cifar100, tau, fourOfEight, ["0.72", "0.92", "0.99", "1.00"]);
        Add(Cifar100, upsilon, [512, 1024], ["0.62", "1.00"]);
        Add(Cifar100, upsilon, [128, 256], ["4.517×10⁻⁴", "5.750×10⁻⁴"], Notebook);
        Add(Cifar100, curlBound, eight, ["0.72", "0.47", "0.58", "0.79", "0.98", "1.15", "1.29", "1.43"]);
        Add(Cifar100, collision, eight, ["0.69", "1.15", "1.48", "1.73", "1.93", "2.10", "2.24", "2.37"]);
        Add(Cifar100, curlSup, eight, ["0.00", "0.00", "0.01", "0.01", "0.01", "0.00", "0.00", "0.00"]);
        Add(Cifar100, curlSub, eight, ["1.02", "0.30", "0.07", "0.01", "0.00", "0.00", "0.00", "0.00"]);
        Add(Cifar100, bound, eight, ["1.18", "1.53", "1.72", "1.86", "1.96", "2.05", "2.12", "2.19"]);
        Add(Cifar100, sup, eight, ["0.00", "0.00", "0.30", "1.21", "1.76", "1.92", "1.95", "1.95"]);
        Add(Cifar100, sub, eight, ["1.82", "1.93", "1.66", "0.75", "0.20", "0.04", "0.01", "0.00"]);
        Add(Cifar100, delta, eight, ["0.52", "0.52", "0.52", "0.51", "0.51", "0.51", "0.51", "0.51"]);
        Add(AgNews, mean, six, ["87.09", "88.41", "89.12", "89.38", "89.47", "89.54"]);
        Add(AgNews, linear, six, ["88.74", "89.18", "89.96", "90.02", "90.21", "90.12"]);
        Add(AgNews, noHead, six, ["87.11", "87.94", "89.05", "89.49", "89.62", "89.45"]);
        Add(AgNews, loss, six, ["1.23", "1.77", "2.37", "3.02", "3.69", "4.37"]);
        Add(AgNews, d, six, ["−1.72", "−1.77", "−1.81", "−1.82", "−1.83", "−1.84"]);
        Add(AgNews, tau, six, ["0.99", "1.00", "1.00", "1.00", "1.00", "1.00"]);
        Add(AgNews, upsilon, six, ["0.96", "1.00", "1.00", "1.00", "1.00", "1.00"]);
        Add(AgNews, curlBound, six, ["−0.22", "0.35", "0.99", "1.65", "2.34", "3.02"]);
        Add(AgNews, collision, six, ["1.49", "2.13", "2.80", "3.48", "4.16", "4.85"]);
        Add(AgNews, curlSup, six, ["0.02", "0.00", "0.00", "0.00", "0.00", "0.00"]);
        Add(AgNews, curlSub, six, ["0.00", "0.00", "0.00", "0.00", "0.00", "0.00"]);
        Add(AgNews, bound, six, ["−0.39", "−0.10", "0.22", "0.55", "0.89", "1.23"]);
        Add(AgNews, sup, six, ["0.57", "0.61", "0.63", "0.64", "0.64", "0.65"]);
        Add(AgNews, sub, six, ["0.02", "0.00", "0.00", "0.00", "0.00", "0.00"]);
        Add(AgNews, delta, six, ["0.87", "0.89", "0.91", "0.92", "0.93", "0.93"]);
        Add(AgNewsReplace, delta, six, ["0.94", "0.95", "0.96", "0.96", "0.96", "0.96"], Notebook);
        return known;
    }
}
