using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>Who is compared with whom: the settings and the batch in the form that the loops of the CPU want.</summary>
/// <remarks>Anchors are rows 0 to Anchors − 1 of z. Keys are counted from row FirstKey of z: key c is row FirstKey + c.</remarks>
internal readonly unsafe struct KNegativesPairs
{
    public readonly float* Z;
    public readonly int Rows, Depth, Anchors, FirstKey, Keys, Available, Sampled;
    public readonly ulong Seed;
    public readonly uint Step;
    public readonly double Temperature;
    private readonly int samples;

    public KNegativesPairs(Tensor z, in KNegativesSettings settings)
    {
        bool both = settings.Source == NegativeSource.BothViews;
        Z = z.FloatPointer;
        Rows = z[0];
        Depth = z[1];
        samples = Rows / 2;
        Anchors = settings.Anchors(Rows);
        FirstKey = both ? 0 : samples;
        Keys = Rows - FirstKey;
        Available = settings.Available(Rows);
        Sampled = settings.Negatives == Available ? 0 : settings.Negatives;
        (Seed, Step) = (settings.Seed, settings.Step);
        Temperature = settings.Temperature;
    }

    /// <summary>Whether each view is compared with all rows, itself among them.</summary>
    public bool BothViews => FirstKey == 0;

    /// <summary>log₂ e over T: what a dot product's exponent is to base 2.</summary>
    public float PowerScale => (float)PowerScaleExact;

    /// <summary>What <see cref="PowerScale"/> lacks.</summary>
    public float PowerScaleLow => (float)(PowerScaleExact - PowerScale);

    /// <summary>1/T to the nearest float.</summary>
    public float ScaleHigh => (float)(1 / Temperature);

    /// <summary>What <see cref="ScaleHigh"/> lacks.</summary>
    public float ScaleLow => (float)((1 / Temperature) - ScaleHigh);

    private double PowerScaleExact => 1 / (Temperature * Exponential.Ln2);

    /// <summary>The row of the other view of the same sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PositiveRow(int row) => row < samples ? row + samples : row - samples;

    /// <summary>The key that is the anchor's positive.</summary>
    public int PositiveKey(int anchor) => PositiveRow(anchor) - FirstKey;

    /// <summary>The key that is the anchor itself, or a number below 0.</summary>
    public int SelfKey(int anchor) => anchor - FirstKey;

    /// <summary>The keys that are not in Neg(anchor), ascending; the second is beyond all keys where the anchor is no key.</summary>
    public (int First, int Second) Excluded(int anchor)
    {
        int positive = PositiveKey(anchor), self = SelfKey(anchor) < 0 ? int.MaxValue : SelfKey(anchor);
        return (Math.Min(self, positive), Math.Max(self, positive));
    }

    /// <summary>The key at a place among the keys that are left without two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int KeyAt(int place, int first, int second)
    {
        // Without jumps: places are random, so half of the jumps would be guessed wrong.
        place += place >= first ? 1 : 0;
        return place + (place >= second ? 1 : 0);
    }

    /// <summary>The loss from <c>sum = Σ over negatives of e^{(s_j − maximum)/T}</c> and the positive, in dot products, and the logarithm of the denominator in its
    /// two parts, [2, anchors].</summary>
    public void Finish(int anchor, double sum, float maximum, float positive, float* loss, float* logSumExp)
    {
        KNegativesRow row = KNegativesRow.Of<HostMath>(sum, maximum, positive, Temperature);
        loss[anchor] = row.Loss;
        (logSumExp[anchor], logSumExp[Anchors + anchor]) = (row.Maximum, row.Logarithm);
    }
}
