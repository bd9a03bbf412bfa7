using System.Globalization;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>What differs between runs beside the axis: how often their weights were updated, on how many images, and at which rate.</summary>
internal static class RunRows
{
    /// <summary>Rows for a table with a column for each value of the axis.</summary>
    /// <param name="data">The sweep.</param>
    /// <param name="wordColumns">Columns of words that the table has after them.</param>
    public static IEnumerable<ReportRow> Of(SweepData data, int wordColumns = 0)
    {
        yield return new ReportRow("The runs that are compared");
        yield return Row("Updates of the weights", run => run.State.TotalSteps.ToString("N0", CultureInfo.InvariantCulture));
        yield return Row("Samples seen", run => (run.State.TotalSteps * run.Run.Settings.Batch.Size).ToString("N0", CultureInfo.InvariantCulture));
        yield return Row("Peak learning rate", run => Numbers.Number(run.Run.Settings.PeakRate));

        ReportRow Row(string label, Func<RunData, string> of) => new(label, [
            .. data.Values.Select(value => new Cell(string.Join("; ", data.At(value).Select(of).Distinct()))),
            .. Enumerable.Range(0, wordColumns).Select(_ => new Cell(""))]);
    }

    /// <summary>A sentence where the runs are not equally long; empty where they are.</summary>
    public static IEnumerable<string> Finding(SweepData data)
    {
        long least = data.Runs.Min(run => run.State.TotalSteps), most = data.Runs.Max(run => run.State.TotalSteps);
        if (least == most) yield break;
        yield return string.Create(CultureInfo.InvariantCulture,
            $"The runs made {least:N0} to {Counted.Of(most, "update", "N0")} of the weights: what differs between them may come of the length of the training and not of {data.AxisName} alone.");
    }
}
