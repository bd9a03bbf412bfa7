using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>One tensor that an operator takes: what it holds before the call, whether it is written, and which inputs it depends on.</summary>
internal sealed record Operand(string Name, ElementType Type, int[] Shape, bool IsRead, bool IsWritten)
{
    /// <summary>What a read operand holds before the call; integers are 0 to one below Limit.</summary>
    public Fill Fill { get; init; }

    public int Limit { get; init; } = 1;

    /// <summary>What read integers are at each place, where not any below the limit will do.</summary>
    public Func<int, int>? IntegerAt { get; init; }

    /// <summary>Whether the call may go without it.</summary>
    public bool Optional { get; init; }

    /// <summary>Whether any element type is taken.</summary>
    public bool AnyType { get; init; }

    /// <summary>The axes whose length nothing else fixes.</summary>
    public int[] FreeAxes { get; init; } = [];

    /// <summary>The inputs that it may be, element for element.</summary>
    public string[] MayBe { get; init; } = [];

    /// <summary>The inputs that it depends on. What is not here must not change one bit of it.</summary>
    public Dependence[] From { get; init; } = [];

    public int Count => Shape.Aggregate(1, (product, axis) => product * axis);

    /// <summary>The argument's own name: "Keys" of "gradients.Keys".</summary>
    public string ShortName => Name.Split('.')[^1];

    /// <summary>An operand that is only read.</summary>
    public static Operand In(string name, params int[] shape) => new(name, ElementType.Float32, shape, true, false);

    /// <summary>Indices or labels, 0 to one below the limit.</summary>
    public static Operand Indices(string name, int limit, params int[] shape) => new(name, ElementType.Int32, shape, true, false) { Limit = limit };

    /// <summary>An operand that is overwritten.</summary>
    public static Operand Out(string name, params int[] shape) => new(name, ElementType.Float32, shape, false, true);

    /// <summary>An operand that is changed.</summary>
    public static Operand Changed(string name, params int[] shape) => new(name, ElementType.Float32, shape, true, true);

    public Operand Of(params Dependence[] from) => this with { From = from };
}

internal enum Fill
{
    /// <summary>Uniform in [-1, 1).</summary>
    Signed,

    /// <summary>Uniform in [0.5, 1.5).</summary>
    Positive,

    /// <summary>Rows of length 1.</summary>
    UnitRows,
}

/// <summary>What a NaN in an input must do to an output; outside the elements named here it must do nothing.</summary>
internal enum Spread
{
    /// <summary>All of them become NaN.</summary>
    All,

    /// <summary>At least one becomes NaN, as where windows overlap.</summary>
    Some,

    /// <summary>They may change: the input only chooses, as a ReLU's output does in its gradient.</summary>
    Choice,
}

/// <summary>An output depends on an input where the indices along an axis of each are equal, or at the same element, or everywhere.</summary>
internal sealed record Dependence(string Input, int InputAxis, int OutputAxis, Spread Spread = Spread.All)
{
    private const int SameElement = -1, Everywhere = -2;

    public static Dependence Element(string input) => new(input, SameElement, SameElement);

    public static Dependence Everything(string input, Spread spread = Spread.All) => new(input, Everywhere, Everywhere, spread);

    public bool Reaches(Operand input, int from, Operand output, int to) => InputAxis switch
    {
        SameElement => from == to,
        Everywhere => true,
        _ => Index(input, InputAxis, from) == Index(output, OutputAxis, to),
    };

    private static int Index(Operand operand, int axis, int flat) =>
        flat / operand.Shape[(axis + 1)..].Aggregate(1, (product, length) => product * length) % operand.Shape[axis];
}
