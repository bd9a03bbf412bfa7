using System.Globalization;

namespace NegSamples.Training.Settings;

/// <summary>A setting with a number for each channel of an image, as in 0.485,0.456,0.406.</summary>
internal static class ChannelNumbers
{
    /// <summary>The numbers of red, green and blue; one that is alone stands for all three.</summary>
    /// <param name="setting">Its name.</param>
    /// <param name="text">The numbers.</param>
    /// <param name="least">The least that one may be.</param>
    /// <param name="most">The most: pixels go up to it.</param>
    /// <exception cref="SettingsException">They are not one or three numbers in their range.</exception>
    public static double[] Parse(string setting, string text, double least, double most)
    {
        string[] words = text.Split(',');
        double[] numbers = new double[words.Length];
        bool areNumbers = words.Length is 1 or 3;
        for (int i = 0; i < words.Length; i++)
            areNumbers &= double.TryParse(words[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && numbers[i] >= least && numbers[i] <= most;
        if (!areNumbers)
        {
            string range = string.Create(CultureInfo.InvariantCulture, $"{(least > 0 ? "above 0" : "from 0")} to {most}, the `pixelScale`");
            throw new SettingsException(
                $"`{setting}` is '{text}'; expected one number or three {range}, with a comma between the channels and a point before decimals, as in 0.485,0.456,0.406.");
        }

        return numbers.Length == 3 ? numbers : [numbers[0], numbers[0], numbers[0]];
    }
}
