namespace NegSamples.Bench;

/// <summary>Options of this program with a value.</summary>
internal static class CommandOption
{
    /// <summary>Takes an option with its value out of the arguments; null where there is none.</summary>
    /// <exception cref="ArgumentException">It has no value.</exception>
    public static string? Take(List<string> arguments, string name)
    {
        int at = arguments.IndexOf(name);
        if (at < 0) return null;
        if (at + 1 == arguments.Count) throw new ArgumentException($"{name} has no value.");
        string value = arguments[at + 1];
        arguments.RemoveRange(at, 2);
        return value;
    }
}
