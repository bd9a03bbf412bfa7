namespace NegSamples.Cli;

/// <summary>A native library that comes with the program, such as Parquet's, and is not beside it or not for this machine.</summary>
internal static class MissingLibrary
{
    /// <summary>What to tell the user; null where an exception is of something else.</summary>
    public static string? Describe(Exception exception)
    {
        Exception cause = exception;
        while (cause.InnerException is { } inner) cause = inner;
        return cause is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException
            ? $"a native library cannot be loaded; expected it beside the program, in {AppContext.BaseDirectory}: {cause.Message.Split(['\n', '\r'])[0].Split(". ")[0].TrimEnd('.')}." : null;
    }
}
