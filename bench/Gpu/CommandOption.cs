namespace NegSamples.Bench.Gpu;

/// <summary>Options of this program with a value.</summary>
internal static class CommandOption
{
    /// <summary>Takes an option with its value out of the arguments; null where there is none.</summary>
    public static string? Take(List<string> arguments, string name)
    {
        int at = arguments.IndexOf(name);
        if (at < 0 || at + 1 == arguments.Count) return null;
        string value = arguments[at + 1];
        arguments.RemoveRange(at, 2);
        return value;
    }
}
