using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels.Cuda.Products;

/// <summary>Sums of products in float64 with the sums of their magnitudes, from which the error of a precision is bounded.</summary>
/// <remarks>
/// An operand that a precision rounds errs by at most u of itself: 2^-8 for bfloat16 (8 bits of significand), 2^-11 for TF32 (11 bits), so a product by 2u + u² of itself. A float32 sum of n terms errs by at most n·2^-24 of the sum of magnitudes in any order (Higham 2002,
/// section 4.2), and a stored bfloat16 by 2^-8 of itself.
/// </remarks>
internal sealed class ProductBound(long count)
{
    public double[] Truth { get; } = new double[count];

    private readonly double[] magnitudes = new double[count];
    private readonly int[] terms = new int[count];

    public void Add(long at, double term)
    {
        Truth[at] += term;
        magnitudes[at] += Math.Abs(term);
        terms[at]++;
    }

    /// <summary>Fails unless every number is as near to the truth as the precision allows.</summary>
    /// <param name="actual">What the device wrote.</param>
    /// <param name="precision">How it multiplies.</param>
    /// <param name="operands">The type that the operands are stored in: bfloat16 ones are not rounded again.</param>
    /// <param name="result">The type of what it wrote.</param>
    public void Check(float[] actual, Precision precision, ElementType operands, ElementType result)
    {
        double unit = precision switch
        {
            Precision.BFloat16 when operands == ElementType.Float32 => Math.ScaleB(1, -8), Precision.TensorFloat32 => Math.ScaleB(1, -11), _ => 0,
        };
        Check(Array.ConvertAll(actual, value => (double)value), Truth, (2 * unit) + (unit * unit), result == ElementType.BFloat16 ? Math.ScaleB(1, -8) : Math.ScaleB(1, -24));
    }

    /// <summary>Fails unless a device and its twin differ by less than both may err.</summary>
    public void CheckTwin(float[] actual, float[] twin, Precision precision, ElementType operands, ElementType result)
    {
        Check(twin, Precision.Float32, ElementType.Float32, ElementType.Float32);
        double[] shifted = [.. Truth];
        for (int i = 0; i < shifted.Length; i++) shifted[i] = actual[i] - twin[i] + Truth[i];
        double unit = precision == Precision.Float32 || operands == ElementType.BFloat16 ? 0 : precision == Precision.BFloat16 ? Math.ScaleB(1, -8) : Math.ScaleB(1, -11);
        Check(shifted, Truth, (2 * unit) + (unit * unit), result == ElementType.BFloat16 ? Math.ScaleB(1, -8) : Math.ScaleB(1, -24), sums: 2);
    }

    private void Check(double[] actual, double[] truth, double perProduct, double perResult, int sums = 1)
    {
        Assert.Equal(truth.Length, actual.Length);
        for (int i = 0; i < truth.Length; i++)
        {
            double error = Math.Abs(actual[i] - truth[i]);
            double bound = (magnitudes[i] * (perProduct + (sums * (terms[i] + 2) * Math.ScaleB(1, -24)))) + (1.01 * perResult * (Math.Abs(truth[i]) + (perProduct * magnitudes[i])));
            Assert.True(error <= bound, $"Element {i} is {actual[i]:R}; expected {truth[i]:R} ± {bound:e2}, and not {error:e2} from it.");
        }
    }
}
