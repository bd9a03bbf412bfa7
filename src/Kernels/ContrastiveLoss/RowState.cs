using System.Runtime.InteropServices;

namespace NegSamples.Kernels;

/// <summary>What some of the keys leave of a row. The sums are relative to a reference, a dot product: the greatest, or one near it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RowState
{
    public double Sum, TiltedSum, EqualLabelSum;

    /// <summary>The reference, and the positive's dot product where it is among these keys.</summary>
    public float Reference, Positive;

    /// <summary>Keys of the row's label, where these are positives, and keys that the sums count.</summary>
    public int EqualLabels, Negatives;

    /// <summary>Adds what other keys leave, whose reference is not above this one.</summary>
    /// <typeparam name="TMath">The functions of the device.</typeparam>
    /// <param name="other">The other keys' state.</param>
    /// <param name="temperature">T.</param>
    /// <param name="exponent">α.</param>
    /// <param name="concentration">β.</param>
    public void Add<TMath>(in RowState other, double temperature, double exponent, double concentration)
        where TMath : IRowMath
    {
        double below = other.Reference == Reference ? 0 : ((double)other.Reference - Reference) / temperature;
        Sum += other.Sum * TMath.Exp(below * exponent);
        TiltedSum += other.TiltedSum * TMath.Exp(below * (1 + concentration));
        EqualLabelSum += other.EqualLabelSum;
        EqualLabels += other.EqualLabels;
        Positive += other.Positive;
        Negatives += other.Negatives;
    }

    /// <summary>What all parts of the keys leave of a row, added in their order.</summary>
    /// <param name="states">The parts' states, one below the other.</param>
    /// <param name="row">The row.</param>
    /// <param name="rows">The rows of a part.</param>
    /// <param name="temperature">T.</param>
    /// <param name="exponent">α.</param>
    /// <param name="concentration">β.</param>
    /// <param name="masked">The reference where no key counts.</param>
    public static RowState OfParts(
        ReadOnlySpan<RowState> states, int row, int rows, double temperature, double exponent, double concentration, float masked)
    {
        RowState all = new() { Reference = masked };
        for (int at = row; at < states.Length; at += rows) all.Reference = Math.Max(all.Reference, states[at].Reference);
        for (int at = row; at < states.Length; at += rows) all.Add<HostMath>(states[at], temperature, exponent, concentration);
        return all;
    }

    /// <summary>The sums as logits.</summary>
    /// <param name="t">T.</param>
    /// <param name="masked">The reference where no key counts.</param>
    /// <param name="bias">b.</param>
    public readonly RowSums Sums(double t, float masked, double bias)
    {
        double positive = (Positive / t) + bias;
        return new RowSums(t, positive, Reference == masked ? positive : Reference / t, Sum, TiltedSum, Negatives, EqualLabelSum / t, EqualLabels);
    }
}
