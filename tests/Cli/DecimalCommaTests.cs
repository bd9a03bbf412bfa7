using System.CommandLine;
using System.Globalization;
using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>Numbers are read and written alike whatever the user's settings are.</summary>
public class DecimalCommaTests
{
    /// <summary>Every flag of every verb that takes a number, whole or not: two digits about a comma are none.</summary>
    [Fact]
    public async Task ADecimalCommaIsRefusedByEveryFlag()
    {
        int flags = 0;
        foreach (Command verb in Commands.Root().Subcommands)
        {
            foreach (Option option in verb.Options)
            {
                Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
                if (!type.IsPrimitive || type == typeof(bool)) continue;
                flags++;
                (int code, _, string error) = await Commands.Run(verb.Name, option.Name, "0,5");
                string expected = type == typeof(float) || type == typeof(double) ? "which is no number; write 0.5." : "expected a whole number.";
                Assert.True(code == ExitCode.Usage && error.Contains($"{option.Name} is '0,5'", StringComparison.Ordinal) && error.Contains(expected, StringComparison.Ordinal), $"{verb.Name}: {error}");
            }
        }

        Assert.True(flags > 60, $"{flags} flags");
    }

    [Theory]
    [InlineData("coupon --classes 10 --draws 32 --format csv")]
    [InlineData("coupon --classes 10 --draws 32 --format json")]
    [InlineData("coupon --classes 10 --draws 32")]
    [InlineData("train --temperature 0,5")]
    public async Task TheOutputIsTheSameWithADecimalComma(string arguments)
    {
        (int Code, string Output, string Error) plain = await Commands.Run(arguments.Split(' '));
        CultureInfo before = CultureInfo.CurrentCulture, comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (comma.NumberFormat.NumberDecimalSeparator, comma.NumberFormat.NumberGroupSeparator, comma.NumberFormat.NegativeSign) = (",", ".", "~");
        CultureInfo.CurrentCulture = comma;
        try
        {
            Assert.Equal("0,5", 0.5.ToString(CultureInfo.CurrentCulture));
            Assert.Equal(plain, await Commands.Run(arguments.Split(' ')));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
