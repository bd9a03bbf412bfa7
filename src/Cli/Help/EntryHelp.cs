using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace NegSamples.Cli.Help;

/// <summary>A flag or an argument as help, manual and completion tell of it.</summary>
/// <param name="Names">The names of a flag, the long one first; none of an argument.</param>
/// <param name="Placeholder">What stands for its value; empty where it takes none.</param>
/// <param name="Text">What it does, without its default.</param>
/// <param name="Default">Its default in words; null where there is none.</param>
/// <param name="Choices">The words that it takes; empty where it takes others.</param>
/// <param name="IsRequired">Whether it must be given.</param>
/// <param name="Repeats">Whether it takes several values.</param>
internal sealed partial record EntryHelp(
    IReadOnlyList<string> Names, string Placeholder, string Text, string? Default, IReadOnlyList<string> Choices, bool IsRequired, bool Repeats)
{
    // Of more characters the words are told in the text.
    private const int LongestChoices = 24;

    /// <summary>Whether its value is the path of a file or a folder.</summary>
    public bool IsPath => PathWord().IsMatch(Placeholder);

    /// <summary>Whether its value is the path of a folder.</summary>
    public bool IsFolder => Placeholder is "FOLDER" or "RUN" or "SWEEP";

    /// <summary>Whether a value follows it.</summary>
    public bool TakesValue => Placeholder.Length > 0;

    /// <summary>The flag as it is given, or the argument's placeholder.</summary>
    public string Label => Names.Count == 0 ? Shown
        : (Names.Count > 1 ? string.Join(", ", Names.Skip(1)) + ", " : "") + Names[0] + (TakesValue ? " " + Placeholder : "");

    /// <summary>Its text with the choices that it does not name, and its default.</summary>
    public string Whole
    {
        get
        {
            string choices = Choices.Count > 0 && !Placeholder.Contains('|') && !Choices.All(choice => Text.Contains(choice, StringComparison.Ordinal))
                ? $" One of {string.Join(", ", Choices)}." : "";
            string needed = IsRequired && Names.Count > 0 ? " Required." : "";
            return $"{Text}{choices}{needed}{(Default is null ? "" : Wrapping.Joined($" [default: {Default}]"))}";
        }
    }

    private string Shown => Repeats ? Placeholder + "..." : Placeholder;

    /// <summary>An argument in a line of usage.</summary>
    public string Usage => IsRequired ? Shown : $"[{Shown}]";

    /// <summary>Of a flag.</summary>
    public static EntryHelp Of(Option option)
    {
        (string text, string? said) = Parted(option.Description ?? "");
        bool isFlag = option.ValueType == typeof(bool) || option.ValueType == typeof(bool?);
        string[] choices = isFlag ? [] : SymbolChoices.Of(option);
        string[] names = [option.Name, .. option.Aliases.Where(alias => alias != option.Name && alias.StartsWith('-')).OrderByDescending(alias => alias.Length)];
        return new(
            names, isFlag || option.Arity.MaximumNumberOfValues == 0 ? "" : PlaceholderOf(option.HelpName, option.ValueType, choices), text,
            isFlag ? null : said ?? (option.HasDefaultValue ? InWords(option.GetDefaultValue()) : null), choices, option.Required, option.Arity.MaximumNumberOfValues > 1);
    }

    /// <summary>Of an argument.</summary>
    public static EntryHelp Of(Argument argument)
    {
        (string text, string? said) = Parted(argument.Description ?? "");
        return new(
            [], argument.HelpName ?? argument.Name, text, said ?? (argument.HasDefaultValue ? InWords(argument.GetDefaultValue()) : null), SymbolChoices.Of(argument),
            argument.Arity.MinimumNumberOfValues > 0, argument.Arity.MaximumNumberOfValues > 1);
    }

    private static string PlaceholderOf(string? given, Type type, string[] choices)
    {
        if (choices.Length > 0)
        {
            string joined = string.Join('|', choices);
            return joined.Length <= LongestChoices ? joined : "NAME";
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        return given ?? (type == typeof(int) || type == typeof(ulong) ? "N" : type == typeof(double) || type == typeof(float) ? "NUMBER" : "TEXT");
    }

    private static (string Text, string? Default) Parted(string description) => Said().Match(description) is { Success: true } said
        ? (description[..said.Index].TrimEnd() is var text && !text.EndsWith('.') ? text + "." : text, said.Groups[1].Value) : (description, null);

    private static string? InWords(object? value) => value switch
    {
        null or "" => null,
        string[] list => list.Length == 0 ? null : string.Join(' ', list),
        int[] list => list.Length == 0 ? null : string.Join(',', list),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"\s*\[default: (.*)\]\.?$")]
    private static partial Regex Said();

    [GeneratedRegex(@"\b(PATH|FILE|FOLDER|RUN|SWEEP|MODEL)\b")]
    private static partial Regex PathWord();
}
