using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>The checks of calls that take spans: "gradient has 5 numbers; expected 12, as many as z, or none."</summary>
internal static class SpanCheck
{
    /// <summary>How many rows a span has.</summary>
    public static int Rows<T>(ReadOnlySpan<T> values, int dimension, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        if (dimension < 1) throw new ArgumentOutOfRangeException(nameof(dimension), FormattableString.Invariant($"dimension is {dimension}; expected at least 1."));
        if (values.IsEmpty) throw new ArgumentException(FormattableString.Invariant($"{name} is empty; expected rows of {Counted.Of(dimension, "number")}."), name);
        if (values.Length % dimension != 0)
            throw new ArgumentException(FormattableString.Invariant($"{name} has {Counted.Of(values.Length, "number")}; expected a multiple of {dimension}, the dimension."), name);
        return values.Length / dimension;
    }

    /// <summary>A span of just so many numbers.</summary>
    public static void Length<T>(ReadOnlySpan<T> values, long expected, string reason, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        if (values.Length != expected)
            throw new ArgumentException(FormattableString.Invariant($"{name} has {Counted.Of(values.Length, "number")}; expected {expected}, {reason}."), name);
    }

    /// <summary>A span of just so many numbers, or none.</summary>
    public static void Optional<T>(ReadOnlySpan<T> values, long expected, string reason, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        if (!values.IsEmpty && values.Length != expected)
            throw new ArgumentException(FormattableString.Invariant($"{name} has {Counted.Of(values.Length, "number")}; expected {expected}, {reason}, or none."), name);
    }

    /// <summary>What is written shares no number with another operand.</summary>
    public static void Apart(
        ReadOnlySpan<float> written, ReadOnlySpan<float> other, [CallerArgumentExpression(nameof(written))] string name = "",
        [CallerArgumentExpression(nameof(other))] string otherName = "")
    {
        if (written.Overlaps(other)) throw new ArgumentException($"{name} overlaps {otherName}; expected memory of its own.", name);
    }
}
