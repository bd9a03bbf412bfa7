using NegSamples.Theory.Bounds;

namespace NegSamples.Report;

/// <summary>A number that the paper or its notebooks print.</summary>
/// <param name="Text">The number as printed; accuracies in per cent.</param>
/// <param name="Source">Where it stands.</param>
internal readonly record struct PublishedNumber(string Text, string Source);

/// <summary>What Nozawa and Sato 2021 (arXiv:2102.06866) print for CIFAR-10 and CIFAR-100: ResNet-18, 500 epochs, t = 0.5, means of 3 seeds.</summary>
internal static class PublishedNumbers
{
    public const string Table = "Nozawa and Sato 2021, Table 2", Notebook = "bound.ipynb of the paper's code";

    private const string Cifar10 = "cifar10", Cifar100 = "cifar100";

    private static readonly Dictionary<(string Data, int Samples, string Key), PublishedNumber> Known = Collect();

    /// <summary>The number that belongs to a quantity; null where none is known.</summary>
    /// <param name="dataKind">"cifar10", ...</param>
    /// <param name="samples">K + 1.</param>
    /// <param name="key">The quantity's key.</param>
    public static PublishedNumber? Find(string dataKind, int samples, string key) =>
        Known.TryGetValue((dataKind, samples, key), out PublishedNumber found) ? found : null;

    /// <summary>What a reader of the published numbers must know; null for other data.</summary>
    /// <param name="dataKind">"cifar10", ...</param>
    public static string? Remark(string dataKind) => dataKind switch
    {
        Cifar10 => Common,
        Cifar100 => Common
            + " The published notebook takes υ = 4.517×10⁻⁴ at K + 1 = 128 and 5.750×10⁻⁴ at 256, which is cancellation noise; the exact values are "
            + "1.504×10⁻²² and 1.233×10⁻⁴. So the bar of the coupon-collector bound at 128 in its figure is near 1.4×10⁴ where it should be near 2.9×10²².",
        _ => null,
    };

    private const string Common = "“paper” gives what the paper prints (" + Table + "; υ at CIFAR-100, 128 and 256: " + Notebook
        + "): ResNet-18 trained for 500 epochs, mean of 3 seeds.";

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
        int[] five = [32, 64, 128, 256, 512], eight = [128, 256, 384, 512, 640, 768, 896, 1024];
        Add(Cifar10, mean, five, ["72.75", "75.30", "77.22", "78.60", "80.12"]);
        Add(Cifar10, linear, five, ["77.13", "79.70", "81.33", "82.85", "84.13"]);
        Add(Cifar10, noHead, [32, 128, 256, 512], ["82.02", "85.43", "86.68", "87.66"]);
        Add(Cifar10, loss, [32, 512], ["2.02", "4.64"]);
        Add(Cifar10, tau, [32], ["0.96"]);
        Add(Cifar10, collision, [32, 512], ["1.32", "3.94"]);
        Add(Cifar100, mean, eight, ["32.74", "34.22", "35.27", "35.98", "36.58", "37.10", "36.84", "37.50"]);
        Add(Cifar100, linear, eight, ["42.01", "43.59", "44.28", "45.09", "45.72", "46.06", "45.50", "46.52"]);
        Add(Cifar100, noHead, [128, 256, 512, 1024], ["57.92", "58.91", "59.30", "59.46"]);
        Add(Cifar100, loss, [128, 1024], ["3.32", "5.34"]);
        Add(Cifar100, tau, [128], ["0.72"]);
        Add(Cifar100, collision, [128, 1024], ["0.69", "2.37"]);
        Add(Cifar100, upsilon, [512], ["0.62"]);
        Add(Cifar100, upsilon, [128, 256], ["4.517×10⁻⁴", "5.750×10⁻⁴"], Notebook);
        return known;
    }
}
