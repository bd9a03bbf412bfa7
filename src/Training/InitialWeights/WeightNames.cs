namespace NegSamples.Training.InitialWeights;

/// <summary>How programs name the weights of an encoder and its head, and what they are called here: as torchvision and timm call them, without a prefix.</summary>
/// <param name="Prefix">What stands before every name of the encoder.</param>
/// <param name="IsNumbered">Whether its parts are numbered: torchvision's children in an nn.Sequential.</param>
internal sealed record WeightNames(string Prefix, bool IsNumbered)
{
    /// <summary>PyTorch's counters of batches, which nothing here reads.</summary>
    public const string Counter = "num_batches_tracked";

    // DataParallel and DistributedDataParallel put the one before all names, torch.compile the other.
    private static readonly string[] Wrappers = ["", "module.", "_orig_mod."];

    // The paper's code (f), MoCo (encoder_q), solo-learn and lightly (backbone), and what else is usual.
    private static readonly string[] Holders = ["", "f.", "encoder_q.", "backbone.", "encoder.", "model.", "net.", "resnet."];

    // Children of torchvision's networks: 2 is the ReLU, 3 the pool.
    private static readonly Dictionary<string, string> Children = new()
    {
        ["0"] = "conv1", ["1"] = "bn1", ["4"] = "layer1", ["5"] = "layer2", ["6"] = "layer3", ["7"] = "layer4",
    };

    /// <summary>All ways, the plainest first.</summary>
    public static IReadOnlyList<WeightNames> All { get; } =
        [.. from isNumbered in new[] { false, true } from wrapper in Wrappers from holder in Holders select new WeightNames(wrapper + holder, isNumbered)];

    /// <summary>The prefixes in words.</summary>
    public static string Prefixes => string.Join(", ", Holders.Skip(1).Select(holder => $"'{holder}'"));

    /// <summary>The name of a tensor of the encoder here; null where it is not under the prefix.</summary>
    /// <param name="name">Its name in the file.</param>
    public string? OfEncoder(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        string own = name[Prefix.Length..];
        if (!IsNumbered) return own;
        int point = own.IndexOf('.', StringComparison.Ordinal);
        return point > 0 && Children.TryGetValue(own[..point], out string? child) ? child + own[point..] : own;
    }

    /// <summary>The name of a tensor of the head here; null where it is none.</summary>
    /// <param name="name">Its name in the file.</param>
    public static string? OfHead(string name)
    {
        foreach (string wrapper in Wrappers)
        {
            if (wrapper.Length > 0 && name.StartsWith(wrapper, StringComparison.Ordinal)) return OfHead(name[wrapper.Length..]);
        }

        foreach ((string theirs, string ours) in Heads)
        {
            if (name.StartsWith(theirs, StringComparison.Ordinal)) return ours + name[theirs.Length..];
        }

        // MoCo's head, or a classifier, stands where torchvision's does: with the encoder.
        string own = name;
        foreach (string holder in Holders)
        {
            if (holder.Length > 0 && name.StartsWith(holder, StringComparison.Ordinal)) own = name[holder.Length..];
        }

        if (own.StartsWith("fc.0.", StringComparison.Ordinal)) return "projection_head.0." + own["fc.0.".Length..];
        if (own.StartsWith("fc.2.", StringComparison.Ordinal)) return "projection_head.3." + own["fc.2.".Length..];
        return own is "fc.weight" or "fc.bias" ? own : null;
    }

    // The paper's code, lightly, and our own.
    private static readonly (string Theirs, string Ours)[] Heads =
    [
        ("g.projection_head.linear1.", "projection_head.0."), ("g.projection_head.bn1.", "projection_head.1."),
        ("g.projection_head.linear2.", "projection_head.3."), ("projection_head.layers.", "projection_head."), ("projection_head.", "projection_head."),
    ];

    /// <summary>Whether a tensor is one of a part, "layer1.0" of "layer1".</summary>
    public static bool IsIn(string name, string part) => name == part || name.StartsWith(part + ".", StringComparison.Ordinal);

    /// <summary>The part that a tensor belongs to, for a table: "layer1", or "module.encoder_k" where the prefixes are not known.</summary>
    public static string PartOf(string name)
    {
        string wrapper = Wrappers.First(other => other.Length > 0 ? name.StartsWith(other, StringComparison.Ordinal) : !Wrappers.Any(word => word.Length > 0 && name.StartsWith(word, StringComparison.Ordinal)));
        string own = name[wrapper.Length..];
        int point = own.IndexOf('.', StringComparison.Ordinal);
        return wrapper + (point < 0 ? own : own[..point]);
    }
}
