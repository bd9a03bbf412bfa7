using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>One operation of <see cref="Ops"/> for the tests that all operations must pass.</summary>
/// <param name="Name">The method, and behind a comma what tells its records apart.</param>
/// <param name="Dimensions">What its sizes are made of.</param>
/// <param name="Operands">Its tensors at a size.</param>
/// <param name="Call">Calls it with the tensors, in the order of the operands.</param>
internal sealed record Operator(string Name, Dimension[] Dimensions, Func<int[], Operand[]> Operands, Action<Ops, Tensor[], int[]> Call)
{
    /// <summary>The sizes that have no meaning: an <see cref="ArgumentException"/>.</summary>
    public Func<int[], bool> Refuses { get; init; } = _ => false;

    public string Method => Name.Split(',')[0];

    public int[] Base => [.. Dimensions.Select(dimension => dimension.Usual)];

    /// <summary>The usual size, and each dimension at 0, at 1 and around each of its tiles while the others are as usual.</summary>
    public IEnumerable<int[]> Sizes()
    {
        yield return Base;
        for (int i = 0; i < Dimensions.Length; i++)
        {
            foreach (int length in Dimensions[i].Tiles.SelectMany(tile => new[] { tile - 1, tile, tile + 1 }).Union([0, 1]).Order())
            {
                int[] size = Base;
                size[i] = length;
                yield return size;
            }
        }
    }

    /// <summary>The sizes at which a whole tile and one more element are at work, and the usual one.</summary>
    public IEnumerable<int[]> SizesBeyondOneTile() => Sizes().Where(size => size.SequenceEqual(Base) || Dimensions.Where((dimension, i) =>
        dimension.Tiles.Any(tile => size[i] == tile + 1)).Any());

    public override string ToString() => Name;
}

/// <summary>A length that an operator's shapes are made of, and the lengths in which it is cut.</summary>
internal sealed record Dimension(int Usual, params int[] Tiles);
