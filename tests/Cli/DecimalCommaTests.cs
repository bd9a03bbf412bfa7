using System.Globalization;

namespace NegSamples.Tests.Cli;

/// <summary>Numbers are read and written alike whatever the user's settings are.</summary>
public class DecimalCommaTests
{
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
