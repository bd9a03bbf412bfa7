using System.Globalization;
using NegSamples.Files;
using NegSamples.Files.Arrays;
using NegSamples.Files.Weights;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Training.InitialWeights;

/// <summary>Which tensor of a file goes where in a model. Made from names and shapes alone, before any number is read.</summary>
/// <remarks>The encoder is taken whole, but for parts that are left out by name, or the file is refused. The head is taken whole or not at all.</remarks>
internal sealed class WeightImport
{
    private const string Scale = "logit_scale";

    // Dictionaries of a checkpoint that have weights, the likeliest first; of several with the same names the first is taken.
    private static readonly string[] Groups = ["state_dict", "model", "model_state_dict", "teacher", "student", ""];

    private readonly string path;
    private readonly Dictionary<string, WeightEntry> taken = [];
    private readonly List<WeightRow> rows = [];
    private string headNote = "";

    private WeightImport(string path, string from) => (this.path, From) = (path, from);

    /// <summary>Where in the file the encoder was found, in words; empty where its names have no prefix.</summary>
    public string From { get; }

    /// <summary>What was taken, what was left, and what is missing.</summary>
    public IReadOnlyList<WeightRow> Rows => rows;

    /// <summary>Whether the head is the file's.</summary>
    public bool HasHead { get; private set; }

    /// <summary>Matches a file with a model.</summary>
    /// <param name="file">The file.</param>
    /// <param name="model">The model, or one that was only counted.</param>
    /// <param name="without">Parts that are not taken, such as "conv1".</param>
    /// <exception cref="BadDataException">The file does not have the encoder.</exception>
    /// <exception cref="SettingsException">It has one that other settings would fit, or a part that is not to be taken is none.</exception>
    public static WeightImport Of(WeightsFile file, Model model, IReadOnlyList<string> without)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(without);
        NamedTensor[] all = [.. model.Tensors.Where(tensor => tensor.Name != Scale)];
        NamedTensor[] head = [.. all.Where(tensor => IsOfHead(tensor.Name, model))], encoder = [.. all.Except(head)];
        HashSet<string> names = [.. encoder.Select(tensor => tensor.Name)];
        (string group, WeightNames how, int found) = Find(file, names);
        if (found == 0) throw NoNames(file, encoder[0].Name);
        foreach (string part in without)
        {
            if (!all.Any(tensor => WeightNames.IsIn(tensor.Name, part)))
                throw new SettingsException($"`initWithout` names '{part}', which the encoder does not have; its parts are {string.Join(", ", all.Select(tensor => WeightNames.PartOf(tensor.Name)).Distinct())}.");
        }

        string from = string.Join(", ", new[] { group.Length > 0 ? $"'{group}'" : "", how.Prefix.Length > 0 ? $"names under '{how.Prefix}'" : "", how.IsNumbered ? "parts by number" : "" }.Where(word => word.Length > 0));
        WeightImport import = new(file.Path, from);
        WeightEntry[] entries = [.. file.Entries.Where(entry => entry.Group == group)];
        import.TakeEncoder(entries, encoder, how, without, model.Settings);
        import.TakeHead(entries, head, how, without);
        import.TakeScale(entries, model);
        import.Tell(file, encoder, head, how, without);
        return import;
    }

    /// <summary>D of a head in the file; null where it has none.</summary>
    internal static int? DimensionOfHead(WeightsFile file) => file.Entries
        .Where(entry => WeightNames.OfHead(entry.Name) == "projection_head.3.weight" && entry.Shape is [>= 1 and <= 65_536, _])
        .Select(entry => (int?)entry.Shape[0]).FirstOrDefault();

    /// <summary>Reads the tensors that are taken into the model. The others keep what they have.</summary>
    /// <param name="file">The file of <see cref="Of"/>.</param>
    /// <param name="model">A model of the same settings.</param>
    /// <exception cref="BadDataException">A number is not finite, or the file is damaged; the model is then to be given up.</exception>
    public void Load(WeightsFile file, Model model)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(model);
        foreach (NamedTensor tensor in model.Tensors)
        {
            if (!taken.TryGetValue(tensor.Name, out WeightEntry? entry)) continue;
            float[] values = file.Read(entry);
            bool isVariance = tensor.Name.EndsWith(".running_var", StringComparison.Ordinal);
            if (Array.FindIndex(values, value => !(Math.Abs(value) <= Checkpoint.LargestWeight) || (isVariance && value < 0)) is >= 0 and int place)
                throw new BadDataException(string.Create(CultureInfo.InvariantCulture,
                    $"{path}: {entry.Name} holds {values[place]}; expected finite weights of at most {Checkpoint.LargestWeight:0e+0}{(isVariance ? ", and variances of at least 0" : "")}."));
            if (tensor.Layout == TensorLayout.ConvolutionWeight)
                values = ConvolutionLayout.FromOihw(values, tensor.Value[0], tensor.Value[3], tensor.Value[1], tensor.Value[2]);
            model.Ops.Upload<float>(values, tensor.Value);
        }
    }

    private static bool IsOfHead(string name, Model model) => WeightNames.IsIn(name, model.Settings.IsClassifier ? "fc" : "projection_head");

    /// <summary>The dictionary and the way of naming in which most of the encoder's names are found.</summary>
    private static (string Group, WeightNames How, int Found) Find(WeightsFile file, HashSet<string> names)
    {
        (string Group, WeightNames How, int Found) best = ("", WeightNames.All[0], 0);
        foreach (IGrouping<string, WeightEntry> group in file.Entries.GroupBy(entry => entry.Group)
            .OrderBy(group => Array.IndexOf(Groups, group.Key) is >= 0 and var place ? place : Groups.Length))
        {
            foreach (WeightNames how in WeightNames.All)
            {
                int found = group.Count(entry => how.OfEncoder(entry.Name) is { } name && names.Contains(name));
                if (found > best.Found) best = (group.Key, how, found);
            }
        }

        return best;
    }

    private static BadDataException NoNames(WeightsFile file, string example)
    {
        string there = file.Entries.Count == 0 ? "it has no tensor" : $"it has {Counted.Of(file.Entries.Count, "tensor")}, "
            + string.Join(", ", file.Entries.Take(5).Select(entry => entry.Group.Length > 0 ? $"{entry.Group}: {entry.Name}" : entry.Name)) + (file.Entries.Count > 5 ? ", …" : "");
        return new BadDataException($"{file.Path} has none of the names of this encoder: {there}; expected torchvision's or timm's, such as {example}, "
            + $"as they are or under one of {WeightNames.Prefixes} (and 'module.' before it).");
    }

    private void TakeEncoder(WeightEntry[] entries, NamedTensor[] encoder, WeightNames how, IReadOnlyList<string> without, ModelSettings settings)
    {
        Dictionary<string, WeightEntry> byName = [];
        foreach (WeightEntry entry in entries)
        {
            if (how.OfEncoder(entry.Name) is { } name) byName.TryAdd(name, entry);
        }

        bool IsLeftOut(string name) => without.Any(part => WeightNames.IsIn(name, part));
        if (EncoderKind.BuiltIn.Contains(settings.Encoder) && EncoderShape.Of(byName) is { } kind && kind != settings.Encoder)
            throw new SettingsException($"{path} has the weights of a {kind.Name}; `encoder` is {settings.Encoder.Name}.");
        List<string> faults = [];
        foreach (NamedTensor tensor in encoder.Where(tensor => !IsLeftOut(tensor.Name)))
        {
            long[] shape = [.. Checkpoint.FileShape(tensor).Select(axis => (long)axis)];
            if (!byName.TryGetValue(tensor.Name, out WeightEntry? entry)) faults.Add($"{tensor.Name} is missing");
            else if (!entry.Shape.SequenceEqual(shape)) faults.Add(EncoderShape.Disagreement(tensor.Name, entry, shape));
            else if (entry.Type.IsWhole()) faults.Add($"{tensor.Name} holds {entry.Type}, expected floating-point numbers");
            else taken[tensor.Name] = entry;
        }

        HashSet<string> known = [.. encoder.Select(tensor => tensor.Name)];
        faults.AddRange(byName.Keys.Where(name => EncoderShape.IsLayer(name) && !known.Contains(name) && !name.EndsWith(WeightNames.Counter, StringComparison.Ordinal) && !IsLeftOut(name))
            .Select(name => $"{name} is not expected"));
        if (faults.Count == 0) return;
        string message = $"{path} does not fit this encoder ({settings.Encoder.Name}, stem {EncoderShape.NameOf(settings.Stem)}): "
            + $"{string.Join("; ", faults.Take(5))}{(faults.Count > 5 ? $"; and {faults.Count - 5} more" : "")}.";
        throw faults.Exists(fault => fault.Contains('`', StringComparison.Ordinal)) ? new SettingsException(message) : new BadDataException(message);
    }

    private void TakeHead(WeightEntry[] entries, NamedTensor[] head, WeightNames how, IReadOnlyList<string> without)
    {
        Dictionary<string, WeightEntry> byName = [];
        foreach (WeightEntry entry in entries)
        {
            // A momentum encoder has a head too: of those beside it, the one under the encoder's prefix is its own.
            if (WeightNames.OfHead(entry.Name) is not { } name || name.EndsWith(WeightNames.Counter, StringComparison.Ordinal)) continue;
            if (entry.Name.StartsWith(how.Prefix, StringComparison.Ordinal)) byName[name] = entry;
            else byName.TryAdd(name, entry);
        }

        string part = WeightNames.PartOf(head[0].Name);
        string[] odd = [.. byName.Keys.Where(name => WeightNames.IsIn(name, part) && !head.Any(tensor => tensor.Name == name))];
        NamedTensor[] others = [.. head.Where(tensor => !byName.TryGetValue(tensor.Name, out WeightEntry? entry) || entry.Type.IsWhole()
            || !entry.Shape.SequenceEqual(Checkpoint.FileShape(tensor).Select(axis => (long)axis)))];
        HasHead = odd.Length == 0 && others.Length == 0 && !without.Any(name => head.Any(tensor => WeightNames.IsIn(tensor.Name, name)));
        if (HasHead) foreach (NamedTensor tensor in head) taken[tensor.Name] = byName[tensor.Name];
        else if (without.Contains(part)) headNote = "drawn by the seed, as it was asked for";
        else if (!byName.Keys.Any(name => WeightNames.IsIn(name, part))) headNote = "drawn by the seed: the file has none";
        else headNote = $"drawn by the seed: {(odd.Length > 0 ? $"this head has no {odd[0]}" : Missing(others[0], byName))}";
    }

    private static string Missing(NamedTensor tensor, Dictionary<string, WeightEntry> byName) => byName.TryGetValue(tensor.Name, out WeightEntry? entry)
        ? $"{tensor.Name} is {entry.ShapeText} in the file, [{string.Join(", ", Checkpoint.FileShape(tensor))}] here" : $"the file's has no {tensor.Name}";

    private void TakeScale(WeightEntry[] entries, Model model)
    {
        if (model.Tensors.Any(tensor => tensor.Name == Scale) && entries.FirstOrDefault(entry => entry.Name == Scale && entry.Shape.SequenceEqual([1L])) is { } scale)
            taken[Scale] = scale;
    }

    private void Tell(WeightsFile file, NamedTensor[] encoder, NamedTensor[] head, WeightNames how, IReadOnlyList<string> without)
    {
        HashSet<WeightEntry> used = new(taken.Values, ReferenceEqualityComparer.Instance);
        foreach (IGrouping<string, string> part in taken.Keys.GroupBy(WeightNames.PartOf))
            rows.Add(new(WeightFate.Taken, part.Key, part.Count(), string.Join(", ", part.Select(name => taken[name].Type).Distinct())));
        foreach (IGrouping<string, NamedTensor> part in encoder.Concat(head).Where(tensor => !taken.ContainsKey(tensor.Name)).GroupBy(tensor => WeightNames.PartOf(tensor.Name)))
            rows.Add(new(WeightFate.Missing, part.Key, part.Count(), HeadOrLeftOut(part.First())));
        WeightEntry[] left = [.. file.Entries.Where(entry => !used.Contains(entry))];
        WeightEntry[] counters = [.. left.Where(entry => entry.Name.EndsWith(WeightNames.Counter, StringComparison.Ordinal))];
        if (counters.Length > 0) rows.Add(new(WeightFate.Left, WeightNames.Counter, counters.Length, "counters, which nothing reads"));
        foreach (IGrouping<(string Group, string Part, bool IsHead), WeightEntry> part in left.Except(counters).GroupBy(entry => (entry.Group, PartOf(entry), WeightNames.OfHead(entry.Name) is not null)))
        {
            bool isElsewhere = !file.Entries.Any(entry => entry.Group == part.Key.Group && used.Contains(entry));
            WeightEntry first = part.First();
            bool isAskedFor = how.OfEncoder(first.Name) is { } name && without.Any(other => WeightNames.IsIn(name, other));
            rows.Add(new(WeightFate.Left, isElsewhere ? part.Key.Group : part.Key.Part, part.Count(),
                isElsewhere ? "another dictionary of the file" : isAskedFor ? "as it was asked for" : $"{(part.Key.IsHead ? "a head" : "no place here")}: {first.Name} {first.ShapeText}"));
        }

        Merge();

        string PartOf(WeightEntry entry) => how.Prefix.Length > 0 && entry.Name.StartsWith(how.Prefix, StringComparison.Ordinal)
            ? how.Prefix + WeightNames.PartOf(entry.Name[how.Prefix.Length..]) : WeightNames.PartOf(entry.Name);
        string HeadOrLeftOut(NamedTensor tensor) => head.Contains(tensor) ? headNote : "drawn by the seed, as it was asked for";
    }

    /// <summary>One row for a dictionary that is left whole, however many parts it has.</summary>
    private void Merge()
    {
        WeightRow[] merged = [.. rows.GroupBy(row => (row.Fate, row.Part)).Select(group => group.First() with { Tensors = group.Sum(row => row.Tensors) })];
        rows.Clear();
        rows.AddRange(merged);
    }
}
