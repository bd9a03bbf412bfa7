using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels.Cuda.Pairs;

/// <summary>Rows for the losses over pairs, and what the precisions make of them.</summary>
internal static class CudaPairRows
{
    public const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    /// <summary>Random rows of unit length.</summary>
    public static float[] Units(int rows, int depth, int seed = 7)
    {
        Random random = new(seed);
        float[] z = new float[rows * depth];
        for (int i = 0; i < rows; i++)
        {
            double squares = 0;
            for (int d = 0; d < depth; d++)
            {
                z[(i * depth) + d] = (float)((random.NextDouble() * 2) - 1);
                squares += (double)z[(i * depth) + d] * z[(i * depth) + d];
            }

            for (int d = 0; d < depth; d++) z[(i * depth) + d] = (float)(z[(i * depth) + d] / Math.Sqrt(squares));
        }

        return z;
    }

    /// <summary>The rows as the products see them.</summary>
    public static float[] Operands(float[] rows, Precision precision) => Array.ConvertAll(rows, value => precision switch
    {
        Precision.BFloat16 => BFloat16.ToFloat(BFloat16.FromFloat(value)),
        Precision.TensorFloat32 => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0x1000) & ~0x1FFFu), // to nearest, ties away from zero
        _ => value,
    });

    /// <summary>The relative error of rounding an operand, or a weight, to the precision.</summary>
    public static double Rounding(Precision precision) => precision switch { Precision.BFloat16 => 1.0 / (1 << 9), Precision.TensorFloat32 => 1.0 / (1 << 11), _ => 0 };

    public static double Largest(double[] values) => values.Length == 0 ? 0 : values.Max(Math.Abs);

    public static double Largest(float[] values) => values.Max(Math.Abs);

    public static Tensor Unit(CudaRig rig, float[] values, int rows, int depth) => rig.Of(values, ElementType.Float32, rows, depth);
}
