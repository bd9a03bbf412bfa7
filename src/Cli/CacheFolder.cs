namespace NegSamples.Cli;

/// <summary>Where the user's system keeps what programs can compute again.</summary>
internal static class CacheFolder
{
    /// <summary>This program's folder there, which may not exist yet; null where the system names none.</summary>
    public static string? Find()
    {
        string? folder = OperatingSystem.IsWindows() ? Rooted("LOCALAPPDATA")
            : Rooted("XDG_CACHE_HOME") ?? (Rooted("HOME") is { } home ? Path.Combine(home, ".cache") : null);
        return folder is null ? null : Path.Combine(folder, "negsamples");
    }

    // The XDG base directory specification: a path that is not absolute is to be ignored.
    private static string? Rooted(string variable) => Environment.GetEnvironmentVariable(variable) is { } path && Path.IsPathFullyQualified(path) ? path : null;
}
