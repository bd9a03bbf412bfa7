using NegSamples.Kernels;

namespace NegSamples.Augment.Recipes;

/// <summary>SimCLR's random views: resized crop, flip, colour jitter, grayscale and, for large views, blur.</summary>
/// <remarks>
/// The crop is torchvision's <c>RandomResizedCrop.get_params</c>. Every choice has its own draw of the view's stream, used or not, so that changing one
/// probability leaves the other choices as they were. No mean and deviation are applied: batch norm follows.
/// </remarks>
public sealed class SimClrRecipe : IViewRecipe
{
    private const int CropTries = 10;
    private const uint FlipDraw = 4 * CropTries, JitterDraw = FlipDraw + 1, FactorDraws = FlipDraw + 2, OrderDraw = FlipDraw + 6;
    private const uint GrayDraw = FlipDraw + 7, BlurDraw = FlipDraw + 8, SigmaDraw = FlipDraw + 9;
    private readonly RecipeSettings settings;
    private readonly bool blurs;
    private readonly RandomPurpose purpose;

    /// <summary>Makes the recipe.</summary>
    /// <param name="side">Rows and columns of the views.</param>
    /// <param name="settings">Its numbers; the paper's when missing.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public SimClrRecipe(int side, RecipeSettings? settings = null)
        : this(side, settings, RandomPurpose.View)
    {
    }

    /// <summary>Makes the recipe for a purpose.</summary>
    /// <param name="side">Rows and columns of the views.</param>
    /// <param name="settings">Its numbers; the paper's when missing.</param>
    /// <param name="purpose">Which random numbers it draws from: views to measure share none with the views of a training.</param>
    internal SimClrRecipe(int side, RecipeSettings? settings, RandomPurpose purpose)
    {
        if (side < 1) throw new ArgumentException($"side is {side}; expected 1 or more.", nameof(side));
        this.settings = settings ?? new RecipeSettings();
        this.settings.Validate();
        blurs = side >= this.settings.BlurFromSide;
        this.purpose = purpose;
    }

    /// <inheritdoc/>
    public ViewRecipe Draw(ulong seed, uint epoch, uint sample, uint view, int height, int width)
    {
        Philox random = new(seed, purpose, epoch, sample, view);
        (int top, int left, int cropHeight, int cropWidth) = Crop(random, height, width);
        double strength = 0.8 * settings.Strength, turns = 0.2 * settings.Strength;
        return new ViewRecipe
        {
            CropTop = top,
            CropLeft = left,
            CropHeight = cropHeight,
            CropWidth = cropWidth,
            Flip = Happens(random, FlipDraw, settings.FlipProbability),
            Jitter = Happens(random, JitterDraw, settings.JitterProbability),
            Brightness = Factor(random, FactorDraws, strength),
            Contrast = Factor(random, FactorDraws + 1, strength),
            Saturation = Factor(random, FactorDraws + 2, strength),
            Hue = (float)Uniform(random, FactorDraws + 3, -turns, turns),
            JitterOrder = Order(random.Below(OrderDraw, 24)),
            Gray = Happens(random, GrayDraw, settings.GrayProbability),
            BlurSigma = blurs && Happens(random, BlurDraw, settings.BlurProbability) == 1
                ? (float)Uniform(random, SigmaDraw, settings.MinimumSigma, settings.MaximumSigma)
                : 0,
        };
    }

    private static int Happens(Philox random, uint draw, double probability) => random.Uniform(draw) < probability ? 1 : 0;

    private static double Uniform(Philox random, uint draw, double low, double high) => low + ((high - low) * random.Uniform(draw));

    private static float Factor(Philox random, uint draw, double strength) => (float)Uniform(random, draw, Math.Max(0, 1 - strength), 1 + strength);

    /// <summary>The n-th of the 24 orders of the four jitter steps, two bits per step.</summary>
    private static int Order(uint n)
    {
        Span<int> left = [0, 1, 2, 3];
        int order = 0;
        for (int place = 0; place < 4; place++)
        {
            int choice = (int)(n % (uint)(4 - place));
            n /= (uint)(4 - place);
            order |= left[choice] << (2 * place);
            left[(choice + 1)..].CopyTo(left[choice..]);
        }

        return order;
    }

    private (int Top, int Left, int Height, int Width) Crop(Philox random, int height, int width)
    {
        double area = (double)height * width;
        double logLeast = Math.Log(settings.MinimumRatio), logLargest = Math.Log(settings.MaximumRatio);
        for (uint draw = 0; draw < 4 * CropTries; draw += 4)
        {
            double target = area * Uniform(random, draw, settings.MinimumScale, settings.MaximumScale);
            double ratio = Math.Exp(Uniform(random, draw + 1, logLeast, logLargest));
            double cropWidth = Math.Round(Math.Sqrt(target * ratio)), cropHeight = Math.Round(Math.Sqrt(target / ratio));
            if (!(cropWidth > 0 && cropWidth <= width && cropHeight > 0 && cropHeight <= height)) continue;
            int top = (int)random.Below(draw + 2, (uint)(height - cropHeight + 1)), left = (int)random.Below(draw + 3, (uint)(width - cropWidth + 1));
            return (top, left, (int)cropHeight, (int)cropWidth);
        }

        // No try fitted: the largest central crop within the ratios.
        double shape = (double)width / height;
        int centralHeight = shape < settings.MinimumRatio ? (int)Math.Round(width / settings.MinimumRatio) : height;
        int centralWidth = shape > settings.MaximumRatio ? (int)Math.Round(height * settings.MaximumRatio) : width;
        centralHeight = Math.Clamp(centralHeight, 1, height);
        centralWidth = Math.Clamp(centralWidth, 1, width);
        return ((height - centralHeight) / 2, (width - centralWidth) / 2, centralHeight, centralWidth);
    }
}
