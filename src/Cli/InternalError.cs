namespace NegSamples.Cli;

/// <summary>An exception that nothing foresaw: one line for the user, and the trace in a file for those who mend it.</summary>
internal static class InternalError
{
    /// <summary>Stores the trace and says where it is.</summary>
    public static string Describe(Exception exception)
    {
        string what = $"internal error ({exception.Message.ReplaceLineEndings(" ")})";
        string path = Path.Combine(Path.GetTempPath(), FormattableString.Invariant($"negsamples-error-{Guid.NewGuid():N}.txt"));
        try
        {
            using (StreamWriter file = new(new FileStream(path, FileMode.CreateNew, FileAccess.Write))) file.WriteLine(exception.ToString());
            return $"{what}; the trace is in {path}, please report it.";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"{what}; please report it. The trace could not be stored: {fault.Message}";
        }
    }
}
