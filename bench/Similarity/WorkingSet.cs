using System.Diagnostics;

namespace NegSamples.Similarity;

/// <summary>How far the process' resident memory rises after this was made.</summary>
internal sealed class WorkingSet
{
    private readonly bool hasPeak = ResetPeak();
    private readonly long before = Now().WorkingSet64;

    /// <summary>Bytes above the start, at the peak where the system can start it anew (Linux), otherwise at present.</summary>
    public long Growth
    {
        get
        {
            using Process process = Now();
            return Math.Max(0, (hasPeak ? Math.Max(process.PeakWorkingSet64, process.WorkingSet64) : process.WorkingSet64) - before);
        }
    }

    private static Process Now() => Process.GetCurrentProcess();

    private static bool ResetPeak()
    {
        try
        {
            // 5 makes the peak the present size: proc(5), clear_refs.
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
