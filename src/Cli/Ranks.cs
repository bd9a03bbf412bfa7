using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The ranks of a run as a verb sees them: what they exchange by, and what of the machine belongs to this one. A process opens them once.</summary>
internal sealed class Ranks : IDisposable
{
    // A fault that all ranks meet is said by the first, which ends the others meanwhile.
    private static readonly TimeSpan Courtesy = TimeSpan.FromSeconds(2);

    private Ranks(Collective collective, MpiCollective? mpi)
    {
        (Collective, Mpi) = (collective, mpi);
        Sharing = mpi is null ? 1 : CountSharing(mpi);
        Threads = mpi is null ? 0 : Math.Max(1, Environment.ProcessorCount / Sharing);
    }

    /// <summary>What the ranks exchange by; <see cref="Collective.Alone"/> without a launcher.</summary>
    public Collective Collective { get; }

    /// <summary>The same, where it is MPI.</summary>
    public MpiCollective? Mpi { get; }

    /// <summary>How many ranks, this one included, run on this one's cores: 1 where the launcher has given each cores of its own.</summary>
    public int Sharing { get; }

    /// <summary>The threads of a rank unless another number is asked for: its share of the cores, or 0 (one per core) without a launcher.</summary>
    public int Threads { get; }

    /// <summary>Starts MPI where a launcher has started this process, and nothing elsewhere.</summary>
    /// <exception cref="MpiException">There is no library, or it is not the launcher's.</exception>
    public static Ranks Open(Terminal terminal)
    {
        if (terminal.Launcher is null) return new(Collective.Alone, null);
        MpiCollective mpi = MpiCollective.Open(terminal.Launcher);
        return new(mpi, mpi);
    }

    /// <summary>Refuses several ranks for a verb that does not know them.</summary>
    /// <exception cref="SettingsException">A launcher has started this process.</exception>
    public static void RefuseLauncher(Terminal terminal)
    {
        if (terminal.Launcher is not { } launcher) return;
        throw new SettingsException(string.Create(CultureInfo.InvariantCulture,
            $"{launcher.Name} started {Counted.Of(launcher.Size, "rank")} ({launcher.Variable}), and each would do all of this: "
            + $"start it without the launcher, which serves {string.Join(", ", terminal.RankVerbs.SkipLast(1))} and {terminal.RankVerbs.Last()}."));
    }

    /// <summary>Refuses a folder that each rank would name by its own clock.</summary>
    /// <param name="output">The folder that was asked for; null for none.</param>
    /// <exception cref="SettingsException">There are several ranks and no folder.</exception>
    public void RequireOutput(string? output)
    {
        if (Collective.Size > 1 && output is null)
            throw new SettingsException(string.Create(CultureInfo.InvariantCulture, $"`output` is missing; of {Counted.Of(Collective.Size, "rank")} expected a folder that all of them share."));
    }

    /// <summary>The name of each rank's machine, which all ranks ask for together; null for one process.</summary>
    public IReadOnlyList<string>? Hosts() => Mpi is null ? null : RankText.Gather(Mpi, Environment.MachineName);

    /// <summary>Says why this rank cannot go on and ends all ranks, lest the others wait for it for ever.</summary>
    /// <param name="terminal">Where to say it.</param>
    /// <param name="ranks">The ranks; null where they could not be opened.</param>
    /// <param name="code">What the processes return.</param>
    /// <param name="message">Why.</param>
    public static void EndAll(Terminal terminal, Ranks? ranks, int code, string message)
    {
        if (terminal.Launcher is not { } launcher)
        {
            terminal.Fail(message);
            return;
        }

        if (ranks is null && launcher.LocalRank > 0) return; // A library that is missing is missing for all ranks of the machine.
        if (launcher.Rank > 0) Thread.Sleep(Courtesy);
        terminal.FailOfRank(launcher.Rank, message);
        terminal.RankError.Flush();
        ranks?.Collective.Abort(code);
    }

    /// <summary>The settings with this rank's threads, and a warning where the ranks of this machine have more of them than cores.</summary>
    public TrainingSettings Placed(Terminal terminal, TrainingSettings settings)
    {
        if (Mpi is null) return settings;
        int threads = settings.Place.Threads > 0 ? settings.Place.Threads : Threads;
        WarnOfCrowd(terminal, threads);
        return settings with { Place = settings.Place with { Threads = threads } };
    }

    /// <summary>Warns where ranks times threads is more than cores: a rank that waits its turn makes all others wait at the next exchange.</summary>
    public void WarnOfCrowd(Terminal terminal, int threads)
    {
        if (Sharing * threads <= Environment.ProcessorCount) return;
        string advice = threads > Threads ? "lower `threads`" : "start fewer";
        terminal.Fail(string.Create(CultureInfo.InvariantCulture,
            $"warning: {Counted.Of(Sharing, "rank")} of {Counted.Of(threads, "thread")} {(Sharing == 1 ? "shares" : "share")} {Counted.Of(Environment.ProcessorCount, "core")} of this machine, "
            + $"and every exchange waits for the slowest: {advice}."));
    }

    public void Dispose() => Mpi?.Dispose();

    /// <summary>The ranks of this machine that may run on this one's first core: all of them, unless the launcher binds each to its own.</summary>
    private static int CountSharing(MpiCollective mpi)
    {
        double[] own = [mpi.Machine, FirstCore()], all = new double[2 * mpi.Size];
        mpi.AllGather(own, all);
        return Enumerable.Range(0, mpi.Size).Count(rank => all[2 * rank] == own[0] && all[(2 * rank) + 1] == own[1]);
    }

    private static int FirstCore()
    {
        const string status = "/proc/self/status", key = "Cpus_allowed_list:";
        string? line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(text => text.StartsWith(key, StringComparison.Ordinal)) : null;
        string first = line is null ? "" : line[key.Length..].Trim().Split('-', ',')[0];
        return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int core) ? core : 0;
    }
}
