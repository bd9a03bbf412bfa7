using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace NegSamples.Cli;

/// <summary>How every flag of every verb reads a number: as the invariant culture writes it, without group separators, finite.</summary>
/// <remarks>The library's own reading takes 0,5 for 5 and names types of .NET in its messages.</remarks>
internal static class NumberParsing
{
    /// <summary>Gives every option of a command and of its subcommands this reading, so that none can escape it.</summary>
    public static void Install(Command command)
    {
        foreach (Option option in command.Options) Install(option);
        foreach (Command subcommand in command.Subcommands) Install(subcommand);
    }

    private static void Install(Option option)
    {
        if (option is Option<int> whole) whole.CustomParser = result => Whole<int>(option.Name, result) ?? 0;
        else if (option is Option<int?> optionalWhole) optionalWhole.CustomParser = result => Whole<int>(option.Name, result);
        else if (option is Option<ulong> key) key.CustomParser = result => Whole<ulong>(option.Name, result) ?? 0;
        else if (option is Option<ulong?> optionalKey) optionalKey.CustomParser = result => Whole<ulong>(option.Name, result);
        else if (option is Option<double?> optionalReal) optionalReal.CustomParser = result => Real(option.Name, result, double.MaxValue);
        else if (option is Option<double> real) real.CustomParser = result => Real(option.Name, result, double.MaxValue) ?? 0;
        else if (option is Option<float?> optionalSingle) optionalSingle.CustomParser = result => (float?)Real(option.Name, result, float.MaxValue);
        else if (option is Option<float> single) single.CustomParser = result => (float)(Real(option.Name, result, float.MaxValue) ?? 0);
        else if (option is Option<bool?> choice) choice.CustomParser = result => Choice(option.Name, result);
        else if ((Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) is { IsPrimitive: true } other && other != typeof(bool))
            throw new NotSupportedException($"{option.Name} is read as {other.Name}, for which there is no reading here.");
    }

    private static T? Whole<T>(string flag, ArgumentResult result)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        string text = result.Tokens[0].Value;
        if (!BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger number))
        {
            result.AddError($"{flag} is '{text}'; expected a whole number.");
            return null;
        }

        BigInteger least = BigInteger.CreateChecked(T.MinValue), most = BigInteger.CreateChecked(T.MaxValue);
        if (number >= least && number <= most) return T.CreateChecked(number);
        string range = number < least ? $"at least {least}" : $"at most {most}";
        result.AddError($"{flag} is '{text}'; expected a whole number of {range}.");
        return null;
    }

    private static double? Real(string flag, ArgumentResult result, double most)
    {
        string text = result.Tokens[0].Value;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            string point = text.Replace(',', '.');
            bool isDecimalComma = text.Count(c => c is ',' or '.') == 1 && double.TryParse(point, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
            result.AddError($"{flag} is '{text}', which is no number; {(isDecimalComma ? $"write {point}" : "expected one such as 0.5")}.");
            return null;
        }

        if (Math.Abs(number) <= most) return number;
        result.AddError(FormattableString.Invariant($"{flag} is '{text}'; expected a finite number of at most {most:G2}."));
        return null;
    }

    private static bool? Choice(string flag, ArgumentResult result)
    {
        if (result.Tokens.Count == 0) return true;
        string text = result.Tokens[0].Value;
        if (text is "true" or "false") return text == "true";
        result.AddError($"{flag} is '{text}'; expected true or false.");
        return null;
    }
}
