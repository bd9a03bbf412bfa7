using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Augmented views written plainly from the published definitions (PIL's resize, torchvision's tensor transforms), in any precision: double is the truth, float the naive loop.</summary>
internal static class AugmentViewsReference<T>
    where T : struct, IFloatingPointIeee754<T>
{
    /// <summary>One view, channels last.</summary>
    public static T[] View(ReadOnlySpan<byte> pixels, ImagePlace place, ViewRecipe recipe, int height, int width)
    {
        T[,,] crop = new T[recipe.CropHeight, recipe.CropWidth, 3];
        for (int y = 0; y < recipe.CropHeight; y++)
        {
            for (int x = 0; x < recipe.CropWidth; x++)
            {
                for (int c = 0; c < 3; c++)
                    crop[y, x, c] = T.CreateChecked(pixels[(int)place.Offset + (3 * (((recipe.CropTop + y) * place.Width) + recipe.CropLeft + x)) + c]) / Number(255);
            }
        }

        T[,,] view = Resize(crop, height, width);
        if (recipe.Flip != 0) view = Map(view, (y, x, c) => view[y, width - 1 - x, c]);
        for (int step = 0; step < 4 && recipe.Jitter != 0; step++)
        {
            view = ((recipe.JitterOrder >> (2 * step)) & 3) switch
            {
                0 => Blend(view, (_, _) => T.Zero, recipe.Brightness),
                1 => Contrast(view, recipe.Contrast),
                2 => Saturation(view, recipe.Saturation),
                _ => Hue(view, T.CreateChecked(recipe.Hue)),
            };
        }

        if (recipe.Gray != 0)
        {
            T[,,] colored = view;
            view = Map(view, (y, x, _) => Gray(colored, y, x));
        }

        if (recipe.BlurSigma > 0) view = Blur(view, T.CreateChecked(recipe.BlurSigma));
        return [.. view.Cast<T>()];
    }

    private static T Number(double value) => T.CreateChecked(value);

    private static T[,,] Map(T[,,] like, Func<int, int, int, T> value)
    {
        T[,,] result = new T[like.GetLength(0), like.GetLength(1), 3];
        for (int y = 0; y < like.GetLength(0); y++)
        {
            for (int x = 0; x < like.GetLength(1); x++)
            {
                for (int c = 0; c < 3; c++) result[y, x, c] = value(y, x, c);
            }
        }

        return result;
    }

    private static T[,,] Resize(T[,,] image, int height, int width)
    {
        int rows = image.GetLength(0), columns = image.GetLength(1);
        T[,,] wide = new T[rows, width, 3], result = new T[height, width, 3];
        for (int x = 0; x < width; x++)
        {
            (int first, T[] weights) = Window(columns, width, x);
            for (int y = 0; y < rows; y++)
            {
                for (int c = 0; c < 3; c++)
                {
                    for (int k = 0; k < weights.Length; k++) wide[y, x, c] += weights[k] * image[y, first + k, c];
                }
            }
        }

        for (int y = 0; y < height; y++)
        {
            (int first, T[] weights) = Window(rows, height, y);
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < 3; c++)
                {
                    for (int k = 0; k < weights.Length; k++) result[y, x, c] += weights[k] * wide[first + k, x, c];
                }
            }
        }

        return result;
    }

    // PIL's precompute_coeffs with the triangle filter of support 1.
    private static (int First, T[] Weights) Window(int input, int output, int i)
    {
        T half = Number(0.5), scale = Number(input) / Number(output), filterScale = T.Max(scale, T.One), centre = (Number(i) + half) * scale;
        int first = Math.Max(0, int.CreateTruncating(centre - filterScale + half)), end = Math.Min(input, int.CreateTruncating(centre + filterScale + half));
        T[] weights = new T[end - first];
        T sum = T.Zero;
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] = T.Max(T.Zero, T.One - T.Abs((Number(first + k) - centre + half) / filterScale));
            sum += weights[k];
        }

        for (int k = 0; k < weights.Length; k++) weights[k] /= sum;
        return (first, weights);
    }

    private static T Gray(T[,,] v, int y, int x) => (Number(0.2989) * v[y, x, 0]) + (Number(0.587) * v[y, x, 1]) + (Number(0.114) * v[y, x, 2]);

    private static T Clamp(T value) => T.Clamp(value, T.Zero, T.One);

    private static T[,,] Blend(T[,,] view, Func<int, int, T> other, float factor)
    {
        T ratio = T.CreateChecked(factor);
        return Map(view, (y, x, c) => Clamp((ratio * view[y, x, c]) + ((T.One - ratio) * other(y, x))));
    }

    private static T[,,] Saturation(T[,,] view, float factor) => Blend(view, (y, x) => Gray(view, y, x), factor);

    private static T[,,] Contrast(T[,,] view, float factor)
    {
        T sum = T.Zero;
        for (int y = 0; y < view.GetLength(0); y++)
        {
            for (int x = 0; x < view.GetLength(1); x++) sum += Gray(view, y, x);
        }

        T mean = sum / Number(view.GetLength(0) * view.GetLength(1));
        return Blend(view, (_, _) => mean, factor);
    }

    // torchvision's _rgb2hsv and _hsv2rgb, case by case.
    private static T[,,] Hue(T[,,] view, T shift)
    {
        T[,,] result = new T[view.GetLength(0), view.GetLength(1), 3];
        for (int y = 0; y < view.GetLength(0); y++)
        {
            for (int x = 0; x < view.GetLength(1); x++)
            {
                T r = view[y, x, 0], g = view[y, x, 1], b = view[y, x, 2];
                T largest = T.Max(r, T.Max(g, b)), least = T.Min(r, T.Min(g, b)), range = largest - least;
                T saturation = range / (range == T.Zero ? T.One : largest), divisor = range == T.Zero ? T.One : range;
                T rc = (largest - r) / divisor, gc = (largest - g) / divisor, bc = (largest - b) / divisor;
                T sixths = largest == r ? bc - gc : largest == g ? Number(2) + rc - bc : Number(4) + gc - rc;
                T hue = Modulo((sixths / Number(6)) + T.One) + shift;
                hue = Modulo(hue);
                T place = T.Floor(hue * Number(6)), f = (hue * Number(6)) - place;
                T p = Clamp(largest * (T.One - saturation)), q = Clamp(largest * (T.One - (saturation * f))), t = Clamp(largest * (T.One - (saturation * (T.One - f))));
                (result[y, x, 0], result[y, x, 1], result[y, x, 2]) = (int.CreateChecked(place) % 6) switch
                {
                    0 => (largest, t, p),
                    1 => (q, largest, p),
                    2 => (p, largest, t),
                    3 => (p, q, largest),
                    4 => (t, p, largest),
                    _ => (largest, p, q),
                };
            }
        }

        return result;
    }

    private static T Modulo(T value) => value - T.Floor(value);

    // One two-dimensional kernel, as torchvision's gaussian_blur has it.
    private static T[,,] Blur(T[,,] view, T sigma)
    {
        int height = view.GetLength(0), width = view.GetLength(1), size = Math.Min(height, width) / 10;
        if (size % 2 == 0) size++;
        int radius = size / 2;
        T[] line = new T[size];
        T sum = T.Zero;
        for (int k = 0; k < size; k++)
        {
            T distance = Number(k - radius) / sigma;
            line[k] = T.Exp(Number(-0.5) * distance * distance);
            sum += line[k];
        }

        return Map(view, (y, x, c) =>
        {
            T total = T.Zero;
            for (int i = 0; i < size; i++)
            {
                for (int j = 0; j < size; j++) total += line[i] / sum * (line[j] / sum) * view[Mirror(y + i - radius, height), Mirror(x + j - radius, width), c];
            }

            return total;
        });
    }

    private static int Mirror(int i, int length) => i < 0 ? -i : i >= length ? (2 * (length - 1)) - i : i;
}
