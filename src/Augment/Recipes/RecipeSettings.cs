using System.Runtime.CompilerServices;

namespace NegSamples.Augment.Recipes;

/// <summary>The numbers of the SimCLR augmentation. The defaults are the paper's; strength ½ is its value for CIFAR-10.</summary>
/// <remarks>
/// Source: Chen, Kornblith, Norouzi and Hinton, "A simple framework for contrastive learning of visual representations", arXiv:2002.05709, appendices A and
/// B.9.
/// </remarks>
public sealed record RecipeSettings
{
    /// <summary>Least area of the crop, as a part of the image's.</summary>
    public double MinimumScale { get; init; } = 0.08;

    /// <summary>Largest area of the crop, as a part of the image's.</summary>
    public double MaximumScale { get; init; } = 1;

    /// <summary>Least width over height of the crop.</summary>
    public double MinimumRatio { get; init; } = 3.0 / 4;

    /// <summary>Largest width over height of the crop.</summary>
    public double MaximumRatio { get; init; } = 4.0 / 3;

    /// <summary>How often a view is mirrored.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>How often a view's colours are changed.</summary>
    public double JitterProbability { get; init; } = 0.8;

    /// <summary>Strength s of the colour jitter: brightness, contrast and saturation by up to 0.8·s, hue by up to 0.2·s turns.</summary>
    public double Strength { get; init; } = 0.5;

    /// <summary>How often a view turns grey.</summary>
    public double GrayProbability { get; init; } = 0.2;

    /// <summary>How often a view of at least <see cref="BlurFromSide"/> pixels is blurred.</summary>
    public double BlurProbability { get; init; } = 0.5;

    /// <summary>Least standard deviation of the blur in pixels.</summary>
    public double MinimumSigma { get; init; } = 0.1;

    /// <summary>Largest standard deviation of the blur in pixels.</summary>
    public double MaximumSigma { get; init; } = 2;

    /// <summary>Views of a shorter side are never blurred: the paper leaves the blur out on CIFAR-10.</summary>
    public int BlurFromSide { get; init; } = 224;

    /// <summary>Checks every number.</summary>
    /// <exception cref="ArgumentException">A number is out of range; the message names it.</exception>
    public void Validate()
    {
        Ordered(MinimumScale, MaximumScale, 1);
        Ordered(MinimumRatio, MaximumRatio, 1000);
        Ordered(MinimumSigma, MaximumSigma, 1000);
        Probability(FlipProbability);
        Probability(JitterProbability);
        Probability(GrayProbability);
        Probability(BlurProbability);
        if (!(Strength is >= 0 and <= 2.5))
            throw new ArgumentException($"Strength is {Strength}; expected 0 to 2.5, where the hue's range is the whole circle.", nameof(Strength));
        if (BlurFromSide < 1) throw new ArgumentException($"BlurFromSide is {BlurFromSide}; expected 1 or more.", nameof(BlurFromSide));
    }

    private static void Ordered(
        double low, double high, double limit, [CallerArgumentExpression(nameof(low))] string lowName = "",
        [CallerArgumentExpression(nameof(high))] string highName = "")
    {
        if (!(low > 0 && low <= high && high <= limit))
            throw new ArgumentException($"{lowName} is {low} and {highName} is {high}; expected 0 < {lowName} <= {highName} <= {limit}.", lowName);
    }

    private static void Probability(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value is >= 0 and <= 1)) throw new ArgumentException($"{name} is {value}; expected 0 to 1.", name);
    }
}
