using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Sums down the columns of a block of rows: the reductions of batch norm and of biases.</summary>
/// <remarks>Sums of 4 vectors of columns stay in registers while the rows pass; the order of the rows is fixed.</remarks>
internal static unsafe class ColumnSums
{
    /// <summary>sums[c] = Σ rows of x[row, c].</summary>
    public static void Add(float* x, int rows, int channels, Span<float> sums) => Sum<Plain>(x, null, null, rows, channels, default, default, sums, default);

    /// <summary>squares[c] = Σ rows of (x[row, c] − mean[c])².</summary>
    public static void SquaresAbout(float* x, int rows, int channels, ReadOnlySpan<float> mean, Span<float> squares) =>
        Sum<Squares>(x, null, null, rows, channels, mean, default, squares, default);

    /// <summary>With g = dy, or 0 where y is not above 0: sums[c] = Σ g and products[c] = Σ g·(x − mean[c])·scale[c].</summary>
    public static void Gradient(float* x, float* dy, float* y, int rows, int channels, ReadOnlySpan<float> mean, ReadOnlySpan<float> scale, Span<float> sums,
        Span<float> products)
    {
        if (y == null) Sum<Plainly>(x, dy, y, rows, channels, mean, scale, sums, products);
        else Sum<WhereActive>(x, dy, y, rows, channels, mean, scale, sums, products);
    }

    private interface ITerm
    {
        static abstract bool HasProducts { get; }

        static abstract Vector<float> Term(Vector<float> x, Vector<float> mean, float* dy, float* y);
    }

    private static void Sum<TTerm>(
        float* x, float* dy, float* y, int rows, int channels, ReadOnlySpan<float> mean, ReadOnlySpan<float> scale, Span<float> sums, Span<float> products)
        where TTerm : ITerm
    {
        int width = Vector<float>.Count, c = 0;
        for (; c + (2 * width) <= channels; c += 2 * width)
        {
            Vector<float> s0 = Vector<float>.Zero, s1 = s0, p0 = s0, p1 = s0;
            Vector<float> m0 = mean.IsEmpty ? s0 : new Vector<float>(mean[c..]), m1 = mean.IsEmpty ? s0 : new Vector<float>(mean[(c + width)..]);
            long at = c;
            for (int row = 0; row < rows; row++, at += channels)
            {
                Vector<float> x0 = Unsafe.ReadUnaligned<Vector<float>>(x + at), x1 = Unsafe.ReadUnaligned<Vector<float>>(x + at + width);
                Vector<float> t0 = TTerm.Term(x0, m0, dy + at, y + at), t1 = TTerm.Term(x1, m1, dy + at + width, y + at + width);
                s0 += t0;
                s1 += t1;
                if (!TTerm.HasProducts) continue;
                p0 += t0 * (x0 - m0);
                p1 += t1 * (x1 - m1);
            }

            s0.CopyTo(sums[c..]);
            s1.CopyTo(sums[(c + width)..]);
            if (!TTerm.HasProducts) continue;
            (p0 * new Vector<float>(scale[c..])).CopyTo(products[c..]);
            (p1 * new Vector<float>(scale[(c + width)..])).CopyTo(products[(c + width)..]);
        }

        float* one = stackalloc float[2 * width];
        for (; c < channels; c++)
        {
            // The last few columns, one at a time, through the same formula in the first lane.
            Vector<float> m = new(mean.IsEmpty ? 0 : mean[c]);
            float sum = 0, product = 0;
            for (int row = 0; row < rows; row++)
            {
                long at = ((long)row * channels) + c;
                one[0] = dy == null ? 0 : dy[at];
                one[width] = y == null ? 0 : y[at];
                Vector<float> value = new(x[at]);
                Vector<float> term = TTerm.Term(value, m, one, one + width);
                sum += term[0];
                product += term[0] * (value - m)[0];
            }

            sums[c] = sum;
            if (TTerm.HasProducts) products[c] = product * scale[c];
        }
    }

    private readonly struct Plain : ITerm
    {
        public static bool HasProducts => false;

        public static Vector<float> Term(Vector<float> x, Vector<float> mean, float* dy, float* y) => x;
    }

    private readonly struct Squares : ITerm
    {
        public static bool HasProducts => false;

        public static Vector<float> Term(Vector<float> x, Vector<float> mean, float* dy, float* y) => (x - mean) * (x - mean);
    }

    private readonly struct Plainly : ITerm
    {
        public static bool HasProducts => true;

        public static Vector<float> Term(Vector<float> x, Vector<float> mean, float* dy, float* y) => Unsafe.ReadUnaligned<Vector<float>>(dy);
    }

    private readonly struct WhereActive : ITerm
    {
        public static bool HasProducts => true;

        public static Vector<float> Term(Vector<float> x, Vector<float> mean, float* dy, float* y)
        {
            Vector<float> active = Vector.As<int, float>(Vector.GreaterThan(Unsafe.ReadUnaligned<Vector<float>>(y), Vector<float>.Zero));
            return Vector.BitwiseAnd(Unsafe.ReadUnaligned<Vector<float>>(dy), active);
        }
    }
}
