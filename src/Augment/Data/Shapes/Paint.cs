using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Augment.Data.Shapes;

/// <summary>A random surface of one brightness: a gradient between two colours with a wave over it. Colours are RGB from 0 to 1.</summary>
internal readonly struct Paint
{
    /// <summary>How many draws one paint takes.</summary>
    public const uint Draws = 12;

    /// <summary>The least difference in brightness between a shape and its background; the waves take at most 0.1 of it.</summary>
    public const float Contrast = 0.35f;

    private const float Darkest = 0.08f, Lightest = 0.92f, WaveHeight = 0.05f;

    // ITU-R BT.601 luma, the brightness that a grey view keeps.
    private static readonly Vector3 Luma = new(0.299f, 0.587f, 0.114f);

    private readonly Vector3 first, step;
    private readonly float gradientX, gradientY, waveX, waveY, phase, height;

    /// <summary>A paint from draws <paramref name="draw"/> and on.</summary>
    /// <param name="random">The stream of the picture.</param>
    /// <param name="draw">The first draw.</param>
    /// <param name="brightness">The brightness of both colours, 0 to 1.</param>
    public Paint(in Philox random, uint draw, float brightness)
    {
        first = Colour(random, draw, brightness);
        step = Colour(random, draw + 4, brightness) - first;
        (float sine, float cosine) = MathF.SinCos(random.Uniform(draw + 8, 0, MathF.Tau));
        (gradientX, gradientY) = (0.5f * cosine, 0.5f * sine);
        (sine, cosine) = MathF.SinCos(random.Uniform(draw + 9, 0, MathF.Tau));
        float waves = random.Uniform(draw + 10, 1, 6); // across the picture
        (waveX, waveY, phase) = (0.5f * waves * cosine, 0.5f * waves * sine, waves);
        height = WaveHeight * random.Uniform(draw + 11);
    }

    /// <summary>A brightness for the background and one for the shape, at least <see cref="Contrast"/> apart.</summary>
    public static (float Background, float Shape) TwoBrightnesses(in Philox random, uint draw)
    {
        float background = random.Uniform(draw, Darkest, Lightest);
        float below = MathF.Max(0, background - Contrast - Darkest), above = MathF.Max(0, Lightest - background - Contrast);
        float place = random.Uniform(draw + 1) * (below + above);
        return (background, place < below ? Darkest + place : background + Contrast + place - below);
    }

    /// <summary>The colour at a place of the picture; x and y run from −1 to 1.</summary>
    public Vector3 At(float x, float y)
    {
        float blend = Math.Clamp(0.5f + (gradientX * x) + (gradientY * y), 0, 1);
        float turn = (waveX * x) + (waveY * y) + phase;
        float triangle = (4 * MathF.Abs(turn - MathF.Floor(turn) - 0.5f)) - 1;
        return first + (blend * step) + new Vector3(height * triangle);
    }

    /// <summary>A random colour of exactly this brightness: a random hue, as strong as it can be within the cube times a random part.</summary>
    private static Vector3 Colour(in Philox random, uint draw, float brightness)
    {
        Vector3 hue = new(random.Uniform(draw, -1, 1), random.Uniform(draw + 1, -1, 1), random.Uniform(draw + 2, -1, 1));
        hue -= new Vector3(Vector3.Dot(hue, Luma));
        float most = float.MaxValue;
        for (int channel = 0; channel < 3; channel++)
        {
            float room = hue[channel] > 0 ? 1 - brightness : brightness;
            most = MathF.Min(most, room / MathF.Max(MathF.Abs(hue[channel]), 1e-6f));
        }

        return new Vector3(brightness) + (hue * (most * random.Uniform(draw + 3)));
    }
}
