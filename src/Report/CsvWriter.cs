using System.Globalization;
using System.Text;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>Every number of every run, then what is of all runs together, a line each: run, seed, K, quantity, value, lower, upper. Accuracies are proportions; all digits are kept.</summary>
internal static class CsvWriter
{
    public static string Write(SweepData data)
    {
        StringBuilder text = new("run,seed,K,quantity,value,lower,upper\n");
        Quantity[] quantities = [.. Quantities.All(data)];
        foreach (RunData run in data.Runs)
        {
            foreach (Quantity quantity in quantities)
            {
                if (quantity.Of(run) is not { } measured) continue;
                text.Append(CultureInfo.InvariantCulture, $"{run.Run.Name},{run.Run.Seed},{run.Run.BoundNegatives},{Field(quantity.Key)},");
                text.Append($"{Number(measured.Value)},{Number(measured.Lower)},{Number(measured.Upper)}\n");
            }
        }

        foreach ((string run, ulong seed, string key, double value) in BaselineRows.Lines(data))
            text.Append(CultureInfo.InvariantCulture, $"{Field(run)},{seed},,{Field(key)},{Number(value)},,\n");
        foreach ((string key, double value) in RankTable.Lines(data)) text.Append($",,,{Field(key)},{Number(value)},,\n");
        return text.ToString();
    }

    public static string Number(double? value) => value switch
    {
        null => "",
        double.PositiveInfinity => Numbers.Vacuous,
        { } number => number.ToString("R", CultureInfo.InvariantCulture),
    };

    public static string Field(string text)
    {
        text = Harmless.Text(text, lines: true);
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
