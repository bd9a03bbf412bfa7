namespace NegSamples.Training;

/// <summary>The time that something will still take, for a display.</summary>
internal static class RemainingTime
{
    /// <summary>"1 h 05 min" or "4:28".</summary>
    /// <param name="time">The time.</param>
    public static string Text(TimeSpan time) => time.TotalHours >= 1
        ? FormattableString.Invariant($"{(int)time.TotalHours} h {time.Minutes:D2} min")
        : FormattableString.Invariant($"{time.Minutes}:{time.Seconds:D2}");
}
