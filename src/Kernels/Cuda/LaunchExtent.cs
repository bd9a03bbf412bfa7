using System.Globalization;

namespace NegSamples.Kernels.Cuda;

/// <summary>The blocks of a grid or the threads of a block; x runs fastest.</summary>
/// <param name="X">The innermost dimension, up to 2^31 - 1 blocks or 1024 threads.</param>
/// <param name="Y">The second, up to 65,535 blocks.</param>
/// <param name="Z">The third, up to 65,535 blocks.</param>
internal readonly record struct LaunchExtent(int X, int Y = 1, int Z = 1)
{
    /// <summary>"128 x 1 x 1".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X} x {Y} x {Z}");

    public static implicit operator LaunchExtent(int x) => new(x);

    public static implicit operator LaunchExtent((int X, int Y) size) => new(size.X, size.Y);

    public static implicit operator LaunchExtent((int X, int Y, int Z) size) => new(size.X, size.Y, size.Z);
}
