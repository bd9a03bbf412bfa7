namespace NegSamples.PtxInterpreter;

/// <summary>Three dimensions of a grid or a block, or a place in one; x runs fastest.</summary>
public readonly record struct Extent(int X, int Y = 1, int Z = 1)
{
    public static implicit operator Extent(int x) => new(x);
    public static implicit operator Extent((int X, int Y) size) => new(size.X, size.Y);
    public static implicit operator Extent((int X, int Y, int Z) size) => new(size.X, size.Y, size.Z);

    public int Count => X * Y * Z;

    public Extent PositionOf(int index) => new(index % X, index / X % Y, index / (X * Y));

    public override string ToString() => $"({X}, {Y}, {Z})";
}
