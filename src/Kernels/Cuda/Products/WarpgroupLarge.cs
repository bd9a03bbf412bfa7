using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary><see cref="WarpgroupWide"/> by two warpgroups, 128 x 256 in all, whose steps follow each other without a pause.</summary>
internal readonly struct WarpgroupLarge : IArithmetic
{
    public static bool BFloat16 => true;

    public static int WarpgroupDown => 1;

    public static int StepsInFlight => 1;

    public static int LeftOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => 0;

    public static int RightOffset<TLayout>(int lane)
        where TLayout : unmanaged, IPanelLayout => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply<TLeft, TRight>(int left, int right)
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout => WarpgroupWide.Multiply<TLeft, TRight>(left, right);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stage(int area, int lane, int tilesDown) => WarpgroupWide.Stage(area, lane, tilesDown);
}
