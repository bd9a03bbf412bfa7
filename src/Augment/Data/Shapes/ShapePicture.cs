using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Augment.Data.Shapes;

/// <summary>Draws one picture of the built-in data set: a shape of random place, size, rotation and paint on a random background, with noise.</summary>
/// <remarks>No draw depends on the label, so colours, brightness, place and size say nothing about the class.</remarks>
internal static class ShapePicture
{
    // The radius of the bounding circle, in sides of the picture: the shape spans 64 to 92 % of it.
    private const float LeastRadius = 0.32f, MostRadius = 0.46f;

    private const float MostNoise = 0.08f;

    // The streams of a sample: its choices, and its noise with one draw per pixel.
    private const uint Choices = 0, Noise = 1;

    /// <summary>Draws picture <paramref name="sample"/> of a split.</summary>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="split">0 for training, 1 for testing.</param>
    /// <param name="sample">The index of the picture.</param>
    /// <param name="shape">The label.</param>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="pixels">Receives 3·size·size bytes.</param>
    public static void Draw(ulong seed, uint split, uint sample, int shape, int size, Span<byte> pixels)
    {
        Philox random = new(seed, RandomPurpose.Drawing, split, sample, Choices), noise = new(seed, RandomPurpose.Drawing, split, sample, Noise);
        float radius = random.Uniform(0, LeastRadius, MostRadius) * 2; // the picture is 2 wide
        float centreX = random.Uniform(1, -1, 1) * (1 - radius), centreY = random.Uniform(2, -1, 1) * (1 - radius);
        (float sine, float cosine) = MathF.SinCos(random.Uniform(3, 0, MathF.Tau));
        float loudness = MostNoise * random.Uniform(4);
        (float behind, float front) = Paint.TwoBrightnesses(random, 5);
        Paint background = new(random, 8, behind), surface = new(random, 8 + Paint.Draws, front);

        float pixel = 2f / size, sharpness = radius / pixel;
        (cosine, sine) = (cosine / radius, sine / radius);
        for (int row = 0; row < size; row++)
        {
            float y = ((row + 0.5f) * pixel) - 1;
            for (int column = 0; column < size; column++)
            {
                float x = ((column + 0.5f) * pixel) - 1, fromX = x - centreX, fromY = y - centreY;
                float distance = ShapeDistance.Of(shape, (cosine * fromX) + (sine * fromY), (cosine * fromY) - (sine * fromX));

                // A straight edge covers 1/2 − d of a pixel whose centre lies d pixels outside it.
                float covered = Math.Clamp(0.5f - (distance * sharpness), 0, 1);
                Vector3 colour = covered <= 0 ? background.At(x, y)
                    : covered >= 1 ? surface.At(x, y)
                    : Vector3.Lerp(background.At(x, y), surface.At(x, y), covered);
                uint bits = noise.Bits((uint)((row * size) + column));
                Vector3 grain = new(bits & 255, (bits >> 8) & 255, (bits >> 16) & 255);
                colour = Vector3.Clamp(colour + (((grain / 127.5f) - Vector3.One) * loudness), Vector3.Zero, Vector3.One);
                colour = (colour * 255) + new Vector3(0.5f);
                int at = 3 * ((row * size) + column);
                (pixels[at], pixels[at + 1], pixels[at + 2]) = ((byte)colour.X, (byte)colour.Y, (byte)colour.Z);
            }
        }
    }
}
