using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>Sums down the columns of a block of rows: the reductions of batch norm and of biases.</summary>
/// <remarks>
/// Sums of 4 vectors of columns, whole cache lines, stay in registers while a band of rows passes, and in the first-level cache from band to band: a band is
/// so small that memory is read on and on, not in jumps of whole rows; what the same columns of the next band need is asked for, since many channels make
/// jumps all the same. The order of the rows is fixed.
/// </remarks>
internal static unsafe class ColumnSums
{
    // Numbers of a tensor in a band: a few pages of memory. With few channels the sums would be put away too often, with many they would not pay.
    private const int NumbersOfBand = 1024, LeastRowsOfBand = 8;

    /// <summary>sums[c] = Σ rows of x[row, c].</summary>
    public static void Add<T>(T* x, int rows, int channels, float* sums)
        where T : unmanaged, IActivation<T> => Sum<T, Plain>(new() { X = x, Rows = rows, Channels = channels, Sums = sums });

    /// <summary>With g = dy, or 0 where y is not above 0: sums[c] = Σ g and products[c] = Σ g·(x − mean[c])·scale[c].</summary>
    public static void Gradient<T>(T* x, T* dy, T* y, int rows, int channels, float* mean, float* scale, float* sums, float* products)
        where T : unmanaged, IActivation<T>
    {
        Block<T> of = new() { X = x, Dy = dy, Y = y, Rows = rows, Channels = channels, Mean = mean, Scale = scale, Sums = sums, Products = products };
        if (y == null) Sum<T, Plainly>(of);
        else Sum<T, WhereActive>(of);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<T, TTerm>(Block<T> of)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
    {
        int rows = of.Rows, band = Math.Max(LeastRowsOfBand, NumbersOfBand / Math.Max(1, of.Channels));
        for (int row = 0; row == 0 || row < rows; row += band)
        {
            of.Rows = Math.Min(band, rows - row);
            of.IsFirst = row == 0;
            of.IsLast = row + band >= rows;
            SumBand<T, TTerm>(of);
            long step = (long)of.Rows * of.Channels;
            of.X += step;
            of.Dy += step;
            of.Y += step;
        }
    }

    private static void SumBand<T, TTerm>(in Block<T> of)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
    {
        int c = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            c = FourAtOnce<T, TTerm, SixteenLanes>(of, c);
            c = OneAtOnce<T, TTerm, SixteenLanes>(of, c);
        }

        c = FourAtOnce<T, TTerm, VectorLanes>(of, c);
        c = OneAtOnce<T, TTerm, VectorLanes>(of, c);
        OneAtOnce<T, TTerm, OneLane>(of, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FourAtOnce<T, TTerm, TLanes>(in Block<T> of, int c)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
        where TLanes : struct, ILanes<TLanes>
    {
        int channels = of.Channels, rows = of.Rows, width = TLanes.Count;
        for (; c + (4 * width) <= channels; c += 4 * width)
        {
            (TLanes s0, TLanes p0) = Begin<T, TTerm, TLanes>(of, c);
            (TLanes s1, TLanes p1) = Begin<T, TTerm, TLanes>(of, c + width);
            (TLanes s2, TLanes p2) = Begin<T, TTerm, TLanes>(of, c + (2 * width));
            (TLanes s3, TLanes p3) = Begin<T, TTerm, TLanes>(of, c + (3 * width));
            TLanes m0 = default, m1 = default, m2 = default, m3 = default;
            if (TTerm.HasProducts)
            {
                m0 = TLanes.Load(of.Mean + c);
                m1 = TLanes.Load(of.Mean + c + width);
                m2 = TLanes.Load(of.Mean + c + (2 * width));
                m3 = TLanes.Load(of.Mean + c + (3 * width));
            }

            T* x = of.X + c, dy = of.Dy + c, y = of.Y + c;
            long ahead = (long)rows * channels;
            for (int row = 0; row < rows; row++, x += channels, dy += channels, y += channels)
            {
                Prefetch.ToFirstLevel(x + ahead, 4 * width);
                if (TTerm.HasProducts) Prefetch.ToFirstLevel(dy + ahead, 4 * width);
                if (TTerm.ReadsOutput) Prefetch.ToFirstLevel(y + ahead, 4 * width);
                (s0, p0) = TTerm.Add(s0, p0, x, dy, y, m0);
                (s1, p1) = TTerm.Add(s1, p1, x + width, dy + width, y + width, m1);
                (s2, p2) = TTerm.Add(s2, p2, x + (2 * width), dy + (2 * width), y + (2 * width), m2);
                (s3, p3) = TTerm.Add(s3, p3, x + (3 * width), dy + (3 * width), y + (3 * width), m3);
            }

            Put<T, TTerm, TLanes>(of, c, s0, p0);
            Put<T, TTerm, TLanes>(of, c + width, s1, p1);
            Put<T, TTerm, TLanes>(of, c + (2 * width), s2, p2);
            Put<T, TTerm, TLanes>(of, c + (3 * width), s3, p3);
        }

        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int OneAtOnce<T, TTerm, TLanes>(in Block<T> of, int c)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
        where TLanes : struct, ILanes<TLanes>
    {
        int channels = of.Channels, rows = of.Rows;
        for (; c + TLanes.Count <= channels; c += TLanes.Count)
        {
            (TLanes sum, TLanes product) = Begin<T, TTerm, TLanes>(of, c);
            TLanes mean = TTerm.HasProducts ? TLanes.Load(of.Mean + c) : default;
            T* x = of.X + c, dy = of.Dy + c, y = of.Y + c;
            for (int row = 0; row < rows; row++, x += channels, dy += channels, y += channels) (sum, product) = TTerm.Add(sum, product, x, dy, y, mean);
            Put<T, TTerm, TLanes>(of, c, sum, product);
        }

        return c;
    }

    /// <summary>The sums of the bands before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes Sum, TLanes Product) Begin<T, TTerm, TLanes>(in Block<T> of, int c)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
        where TLanes : struct, ILanes<TLanes> =>
        of.IsFirst ? default : (TLanes.Load(of.Sums + c), TTerm.HasProducts ? TLanes.Load(of.Products + c) : default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T, TTerm, TLanes>(in Block<T> of, int c, TLanes sum, TLanes product)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
        where TLanes : struct, ILanes<TLanes>
    {
        sum.Store(of.Sums + c);
        if (TTerm.HasProducts) (of.IsLast ? product * TLanes.Load(of.Scale + c) : product).Store(of.Products + c);
    }

    /// <summary>What is summed, and where to.</summary>
    private struct Block<T>
        where T : unmanaged
    {
        public T* X, Dy, Y;
        public float* Mean, Scale, Sums, Products;
        public int Rows, Channels;

        /// <summary>Whether no rows came before these, and whether none follow.</summary>
        public bool IsFirst, IsLast;
    }

    private interface ITerm
    {
        static abstract bool HasProducts { get; }

        /// <summary>Whether a ReLU's output says where there is a gradient.</summary>
        static abstract bool ReadsOutput { get; }

        /// <summary>The sums with one row's term added.</summary>
        static abstract (TLanes Sum, TLanes Product) Add<T, TLanes>(TLanes sum, TLanes product, T* x, T* dy, T* y, TLanes mean)
            where T : unmanaged, IActivation<T>
            where TLanes : struct, ILanes<TLanes>;
    }

    private readonly struct Plain : ITerm
    {
        public static bool HasProducts => false;

        public static bool ReadsOutput => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (TLanes Sum, TLanes Product) Add<T, TLanes>(TLanes sum, TLanes product, T* x, T* dy, T* y, TLanes mean)
            where T : unmanaged, IActivation<T>
            where TLanes : struct, ILanes<TLanes> => (sum + TLanes.Load(x), product);
    }

    private readonly struct Plainly : ITerm
    {
        public static bool HasProducts => true;

        public static bool ReadsOutput => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (TLanes Sum, TLanes Product) Add<T, TLanes>(TLanes sum, TLanes product, T* x, T* dy, T* y, TLanes mean)
            where T : unmanaged, IActivation<T>
            where TLanes : struct, ILanes<TLanes>
        {
            TLanes g = TLanes.Load(dy);
            return (sum + g, product + (g * (TLanes.Load(x) - mean)));
        }
    }

    private readonly struct WhereActive : ITerm
    {
        public static bool HasProducts => true;

        public static bool ReadsOutput => true;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (TLanes Sum, TLanes Product) Add<T, TLanes>(TLanes sum, TLanes product, T* x, T* dy, T* y, TLanes mean)
            where T : unmanaged, IActivation<T>
            where TLanes : struct, ILanes<TLanes>
        {
            TLanes g = TLanes.WhereAboveZero(TLanes.Load(y), TLanes.Load(dy));
            return (sum + g, product + (g * (TLanes.Load(x) - mean)));
        }
    }
}
