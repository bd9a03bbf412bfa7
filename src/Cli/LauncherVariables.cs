using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Cli;

/// <summary>The launcher of this process, of variables that say so without a fault.</summary>
/// <remarks>Half of what a launcher sets, or a size that is no number, would otherwise be P processes that each do all of the work, in one folder.</remarks>
internal static class LauncherVariables
{
    /// <summary>The variables that <see cref="Launcher"/> reads, by launcher: its size, the rank, the rank's place on its machine.</summary>
    public static IReadOnlyList<string[]> Known { get; } = [.. Launcher.Known.Select(known => new[] { known.Size, known.Rank, known.LocalRank })];

    /// <summary>The launcher that an environment names; null where the process is alone, or where there is a fault.</summary>
    /// <param name="variable">A variable's value by its name, null where it is not set.</param>
    /// <param name="fault">What is wrong with which variable; null where nothing is.</param>
    public static Launcher? Find(Func<string, string?> variable, out string? fault)
    {
        fault = null;
        if (variable(MpiLibrary.Variable) == MpiLibrary.None) return null;
        Launcher? launcher = Launcher.Find(variable);
        fault = (launcher is null ? Known : Known.Take(1 + PlaceOf(launcher))).SelectMany(names => names.Select((name, i) => NumberFault(name, variable(name), least: i == 0 ? 1 : 0)))
            .Append(launcher is null ? SizeFault(variable) : RankFault(launcher, variable)).FirstOrDefault(found => found is not null);
        if (fault is null) return launcher;
        fault += $" {MpiLibrary.Variable}={MpiLibrary.None} starts this process alone.";
        return null;
    }

    private static string? NumberFault(string name, string? value, int least) =>
        string.IsNullOrEmpty(value) || (Launcher.Number(value) is { } number && number >= least) ? null
            : string.Create(CultureInfo.InvariantCulture, $"{name} is '{value}'; expected a whole number of at least {least}, as a launcher of several processes sets it.");

    // Slurm, whose launcher is of no family, tells a batch script its rank outside of srun too.
    private static string? SizeFault(Func<string, string?> variable) =>
        Launcher.Known.Where(known => known.Family is not null && IsSet(variable(known.Rank)) && !IsSet(variable(known.Size)))
            .Select(known => $"{known.Rank} is {variable(known.Rank)}, but {known.Size} is not set; expected both, as a launcher of several processes sets them.").FirstOrDefault();

    private static string? RankFault(Launcher launcher, Func<string, string?> variable)
    {
        string name = Known[PlaceOf(launcher)][1];
        if (!IsSet(variable(name))) return string.Create(CultureInfo.InvariantCulture, $"{launcher.Variable} is {launcher.Size}, but {name} is not set; expected both, as {launcher.Name} sets them.");
        return launcher.Rank < launcher.Size ? null
            : string.Create(CultureInfo.InvariantCulture, $"{name} is {launcher.Rank}; expected 0 to {launcher.Size - 1}, as {launcher.Variable} is {launcher.Size}.");
    }

    private static int PlaceOf(Launcher launcher) => Known.TakeWhile(names => names[0] != launcher.Variable).Count();

    private static bool IsSet(string? value) => !string.IsNullOrEmpty(value);
}
