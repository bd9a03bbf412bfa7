using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>The elementwise halves of batch norm on one row of channels.</summary>
internal static unsafe class BatchNormRow
{
    /// <summary>y = act(x·scale + shift + residual).</summary>
    public static void Apply(float* x, float* scale, float* shift, float* residual, bool relu, float* y, int channels)
    {
        int width = Vector<float>.Count, c = 0;
        for (; c + width <= channels; c += width)
        {
            Vector<float> value = (Unsafe.ReadUnaligned<Vector<float>>(x + c) * Unsafe.ReadUnaligned<Vector<float>>(scale + c))
                + Unsafe.ReadUnaligned<Vector<float>>(shift + c);
            if (residual != null) value += Unsafe.ReadUnaligned<Vector<float>>(residual + c);
            if (relu) value = Vector.ConditionalSelect(Vector.LessThan(value, Vector<float>.Zero), Vector<float>.Zero, value);
            Unsafe.WriteUnaligned(y + c, value);
        }

        for (; c < channels; c++)
        {
            float value = (x[c] * scale[c]) + shift[c];
            if (residual != null) value += residual[c];
            y[c] = relu && value < 0 ? 0 : value;
        }
    }

    /// <summary>With g = dy, or 0 where y is not above 0: dresidual = g, dx = a·g + b·x + d.</summary>
    public static void Gradient(float* dy, float* y, float* x, float* a, float* b, float* d, float* dx, float* dresidual, int channels)
    {
        int width = Vector<float>.Count, c = 0;
        for (; c + width <= channels; c += width)
        {
            Vector<float> g = Unsafe.ReadUnaligned<Vector<float>>(dy + c);
            if (y != null)
                g = Vector.ConditionalSelect(Vector.GreaterThan(Unsafe.ReadUnaligned<Vector<float>>(y + c), Vector<float>.Zero), g, Vector<float>.Zero);
            Vector<float> value = (Unsafe.ReadUnaligned<Vector<float>>(a + c) * g)
                + ((Unsafe.ReadUnaligned<Vector<float>>(b + c) * Unsafe.ReadUnaligned<Vector<float>>(x + c)) + Unsafe.ReadUnaligned<Vector<float>>(d + c));
            if (dresidual != null) Unsafe.WriteUnaligned(dresidual + c, g);
            Unsafe.WriteUnaligned(dx + c, value);
        }

        for (; c < channels; c++)
        {
            float g = y == null || y[c] > 0 ? dy[c] : 0;
            float value = (a[c] * g) + ((b[c] * x[c]) + d[c]);
            if (dresidual != null) dresidual[c] = g;
            dx[c] = value;
        }
    }
}
