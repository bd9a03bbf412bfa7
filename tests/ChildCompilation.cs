using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace NegSamples.Tests;

/// <summary>
/// How programs that tests start are compiled. All but the command line itself compile every method in full before they run it, which pays after minutes; one that a
/// test starts ends after a second or two, and most of that would be the compiler's.
/// </summary>
internal static class ChildCompilation
{
    /// <summary>
    /// Methods, of loops too, are compiled in haste and those that run often anew, without counting how they are used and without guarding the pages that code is written to.
    /// </summary>
    private static readonly (string Name, string Value)[] Hasty =
        [("DOTNET_TieredCompilation", "1"), ("DOTNET_TC_QuickJitForLoops", "1"), ("DOTNET_TieredPGO", "0"), ("DOTNET_EnableWriteXorExecute", "0")];

    /// <summary>Sets it for whatever is started from now on; this process has made its choice.</summary>
    [ModuleInitializer]
    internal static void Set()
    {
        foreach ((string name, string value) in Hasty) Environment.SetEnvironmentVariable(name, value);
    }

    /// <summary>A program that computes for long, or whose memory is measured, is compiled as its users have it.</summary>
    /// <param name="start">The program.</param>
    public static void LeaveToTheProgram(ProcessStartInfo start)
    {
        foreach ((string name, _) in Hasty) start.Environment.Remove(name);
    }
}
