using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Why this device cannot compute with a tensor, to follow its name; null where it can.</summary>
    private protected abstract string? Unreachable(Tensor tensor);

    /// <summary>What every contract asks first: all operands lie in this device's memory, and what is written overlaps nothing else.</summary>
    /// <param name="reads">The operands that are only read; no tensor is skipped.</param>
    /// <param name="writes">The operands that are written, whether or not they are read before.</param>
    /// <param name="inPlace">Those of the operands read that a written one may be, element for element.</param>
    /// <param name="readNames">The text of <paramref name="reads"/>, from which messages take the names.</param>
    /// <param name="writeNames">The text of <paramref name="writes"/>.</param>
    /// <exception cref="ArgumentException">Names the operand.</exception>
    private protected void CheckOperands(
        ReadOnlySpan<Tensor> reads, ReadOnlySpan<Tensor> writes, ReadOnlySpan<Tensor> inPlace = default,
        [CallerArgumentExpression(nameof(reads))] string readNames = "", [CallerArgumentExpression(nameof(writes))] string writeNames = "")
    {
        for (int i = 0; i < reads.Length; i++) CheckReachable(reads[i], readNames, i);
        for (int i = 0; i < writes.Length; i++) CheckReachable(writes[i], writeNames, i);
        for (int i = 0; i < writes.Length; i++)
        {
            Tensor written = writes[i];
            if (written.IsNone) continue;
            for (int j = 0; j < i; j++)
            {
                if (written.Overlaps(writes[j])) throw Overlap(writeNames, i, writeNames, j);
            }

            for (int j = 0; j < reads.Length; j++)
            {
                if (written.Overlaps(reads[j]) && !(written.IsSameAs(reads[j]) && Has(inPlace, written))) throw Overlap(writeNames, i, readNames, j);
            }
        }
    }

    private void CheckReachable(Tensor tensor, string names, int index)
    {
        if (tensor.IsNone || Unreachable(tensor) is not { } reason) return;
        string name = NameAt(names, index);
        throw new ArgumentException($"{name} {reason}", name);
    }

    private static bool Has(ReadOnlySpan<Tensor> tensors, Tensor wanted)
    {
        foreach (Tensor tensor in tensors)
        {
            if (tensor.IsSameAs(wanted)) return true;
        }

        return false;
    }

    private static ArgumentException Overlap(string writtenNames, int written, string otherNames, int other)
    {
        string name = NameAt(writtenNames, written);
        return new ArgumentException($"{name} overlaps {NameAt(otherNames, other)}; expected memory of its own.", name);
    }

    /// <summary>The name in "[x, w, b]" at a place.</summary>
    private static string NameAt(string names, int index) => names.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries)[index];
}
