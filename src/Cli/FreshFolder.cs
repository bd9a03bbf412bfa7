using System.Globalization;

namespace NegSamples.Cli;

/// <summary>The folder of a run or a sweep for which none was named.</summary>
internal static class FreshFolder
{
    /// <summary>PARENT/TIME-WHAT, of the time in UTC to the second; where that is taken, as by another that began in the same second, with a number behind it.</summary>
    /// <param name="parent">The folder that has all of them.</param>
    /// <param name="what">What it is of.</param>
    /// <param name="now">The time.</param>
    public static string Of(string parent, string what, DateTime now)
    {
        string name = Path.Combine(parent, now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + "-" + what);
        string free = name;
        for (int number = 2; Path.Exists(free); number++) free = FormattableString.Invariant($"{name}-{number}");
        return free;
    }
}
