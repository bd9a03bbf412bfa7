using NegSamples.Files;

namespace NegSamples.Study.Sweep;

/// <summary>One rate of a grid and what came of it.</summary>
/// <param name="Run">The run with this rate.</param>
/// <param name="Report">Its accuracy on the held-out part.</param>
internal sealed record RateResult(SweepRun Run, ValidationReport Report);

/// <summary>The learning rate that one value and seed of a sweep keeps: the best on the held-out part of the training images.</summary>
/// <param name="Grid">All rates, ascending.</param>
/// <param name="Chosen">The run with the best one; of equal ones the lowest.</param>
internal sealed record RateChoice(IReadOnlyList<RateResult> Grid, SweepRun Chosen)
{
    /// <summary>Whether the best is the first or last of several, so that a rate beyond the grid may be better still.</summary>
    public bool IsAtEdge => Grid.Count > 1 && (Chosen == Grid[0].Run || Chosen == Grid[^1].Run);

    /// <summary>Chooses between the runs of one value and seed; null where one of them is not measured, or none has an accuracy.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="runs">Its runs of one value and seed, by rate.</param>
    /// <param name="missing">Receives what is not there yet.</param>
    /// <exception cref="BadDataException">A file holds something else, or was measured with another share or seed.</exception>
    public static RateChoice? Of(string sweep, IReadOnlyList<SweepRun> runs, ICollection<string> missing)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(missing);
        List<RateResult> grid = [];
        foreach (SweepRun run in runs)
        {
            string path = SweepFolder.ValidationPath(SweepFolder.RunPath(sweep, run));
            if (!File.Exists(path))
            {
                missing.Add($"{run.Name}: not measured on the held-out part");
                continue;
            }

            ValidationReport report = StudyJson.Read<ValidationReport>(path, "a validation");
            if (report.Share != run.Settings.Data.ValidationShare || report.Seed != run.Seed)
                throw new BadDataException($"{path} was measured on another held-out part than the sweep's.");
            grid.Add(new RateResult(run, report));
        }

        if (grid.Count < runs.Count) return null;
        if (grid.All(rate => rate.Report.Top1 is null))
        {
            missing.Add($"{runs[0].Name} and its other rates: the training diverged at every rate");
            return null;
        }

        return new RateChoice(grid, grid.MaxBy(rate => rate.Report.Top1 ?? double.NegativeInfinity)!.Run);
    }
}
