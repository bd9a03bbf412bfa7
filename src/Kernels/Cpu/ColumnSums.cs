using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>Sums down the columns of a block of rows: the reductions of batch norm and of biases.</summary>
/// <remarks>Sums of 4 vectors of columns, whole cache lines, stay in registers while the rows pass; the order of the rows is fixed.</remarks>
internal static unsafe class ColumnSums
{
    /// <summary>sums[c] = Σ rows of x[row, c].</summary>
    public static void Add<T>(T* x, int rows, int channels, float* sums)
        where T : unmanaged, IActivation<T> => Sum<T, Plain>(new() { X = x, Rows = rows, Channels = channels, Sums = sums });

    /// <summary>squares[c] = Σ rows of (x[row, c] − mean[c])².</summary>
    public static void SquaresAbout<T>(T* x, int rows, int channels, float* mean, float* squares)
        where T : unmanaged, IActivation<T> => Sum<T, Squares>(new() { X = x, Rows = rows, Channels = channels, Mean = mean, Sums = squares });

    /// <summary>With g = dy, or 0 where y is not above 0: sums[c] = Σ g and products[c] = Σ g·(x − mean[c])·scale[c].</summary>
    public static void Gradient<T>(T* x, T* dy, T* y, int rows, int channels, float* mean, float* scale, float* sums, float* products)
        where T : unmanaged, IActivation<T>
    {
        Block<T> of = new() { X = x, Dy = dy, Y = y, Rows = rows, Channels = channels, Mean = mean, Scale = scale, Sums = sums, Products = products };
        if (y == null) Sum<T, Plainly>(of);
        else Sum<T, WhereActive>(of);
    }

    private static void Sum<T, TTerm>(in Block<T> of)
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

    private static int FourAtOnce<T, TTerm, TLanes>(in Block<T> of, int c)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
        where TLanes : struct, ILanes<TLanes>
    {
        int channels = of.Channels, rows = of.Rows, width = TLanes.Count;
        for (; c + (4 * width) <= channels; c += 4 * width)
        {
            TLanes s0 = default, s1 = default, s2 = default, s3 = default, p0 = default, p1 = default, p2 = default, p3 = default;
            TLanes m0 = default, m1 = default, m2 = default, m3 = default;
            if (TTerm.HasMean)
            {
                m0 = TLanes.Load(of.Mean + c);
                m1 = TLanes.Load(of.Mean + c + width);
                m2 = TLanes.Load(of.Mean + c + (2 * width));
                m3 = TLanes.Load(of.Mean + c + (3 * width));
            }

            T* x = of.X + c, dy = of.Dy + c, y = of.Y + c;
            for (int row = 0; row < rows; row++, x += channels, dy += channels, y += channels)
            {
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

    private static int OneAtOnce<T, TTerm, TLanes>(in Block<T> of, int c)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
        where TLanes : struct, ILanes<TLanes>
    {
        int channels = of.Channels, rows = of.Rows;
        for (; c + TLanes.Count <= channels; c += TLanes.Count)
        {
            TLanes sum = default, product = default, mean = TTerm.HasMean ? TLanes.Load(of.Mean + c) : default;
            T* x = of.X + c, dy = of.Dy + c, y = of.Y + c;
            for (int row = 0; row < rows; row++, x += channels, dy += channels, y += channels) (sum, product) = TTerm.Add(sum, product, x, dy, y, mean);
            Put<T, TTerm, TLanes>(of, c, sum, product);
        }

        return c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T, TTerm, TLanes>(in Block<T> of, int c, TLanes sum, TLanes product)
        where T : unmanaged, IActivation<T>
        where TTerm : ITerm
        where TLanes : struct, ILanes<TLanes>
    {
        sum.Store(of.Sums + c);
        if (TTerm.HasProducts) (product * TLanes.Load(of.Scale + c)).Store(of.Products + c);
    }

    /// <summary>What is summed, and where to.</summary>
    private struct Block<T>
        where T : unmanaged
    {
        public T* X, Dy, Y;
        public float* Mean, Scale, Sums, Products;
        public int Rows, Channels;
    }

    private interface ITerm
    {
        static abstract bool HasMean { get; }

        static abstract bool HasProducts { get; }

        /// <summary>The sums with one row's term added.</summary>
        static abstract (TLanes Sum, TLanes Product) Add<T, TLanes>(TLanes sum, TLanes product, T* x, T* dy, T* y, TLanes mean)
            where T : unmanaged, IActivation<T>
            where TLanes : struct, ILanes<TLanes>;
    }

    private readonly struct Plain : ITerm
    {
        public static bool HasMean => false;

        public static bool HasProducts => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (TLanes Sum, TLanes Product) Add<T, TLanes>(TLanes sum, TLanes product, T* x, T* dy, T* y, TLanes mean)
            where T : unmanaged, IActivation<T>
            where TLanes : struct, ILanes<TLanes> => (sum + TLanes.Load(x), product);
    }

    private readonly struct Squares : ITerm
    {
        public static bool HasMean => true;

        public static bool HasProducts => false;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (TLanes Sum, TLanes Product) Add<T, TLanes>(TLanes sum, TLanes product, T* x, T* dy, T* y, TLanes mean)
            where T : unmanaged, IActivation<T>
            where TLanes : struct, ILanes<TLanes>
        {
            TLanes distance = TLanes.Load(x) - mean;
            return (sum + (distance * distance), product);
        }
    }

    private readonly struct Plainly : ITerm
    {
        public static bool HasMean => true;

        public static bool HasProducts => true;

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
        public static bool HasMean => true;

        public static bool HasProducts => true;

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
