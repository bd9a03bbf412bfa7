using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>The last step of SGD and LARC: g' = scale·(g + λ·w), v = m·v + g', w −= lr·v (or Nesterov's form).</summary>
internal static class MomentumStep
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(
        Span<float> w, ReadOnlySpan<float> g, Span<float> v, float scale, float weightDecay, float learningRate, float momentum, bool nesterov)
    {
        int i = 0, width = Vector<float>.Count;
        for (; i + width <= w.Length; i += width)
        {
            Vector<float> weights = new(w[i..]);
            Vector<float> gradient = scale * (new Vector<float>(g[i..]) + (weightDecay * weights));
            Vector<float> speed = (momentum * new Vector<float>(v[i..])) + gradient;
            speed.CopyTo(v[i..]);
            (weights - (learningRate * (nesterov ? gradient + (momentum * speed) : speed))).CopyTo(w[i..]);
        }

        for (; i < w.Length; i++)
        {
            float gradient = scale * (g[i] + (weightDecay * w[i]));
            v[i] = (momentum * v[i]) + gradient;
            w[i] -= learningRate * (nesterov ? gradient + (momentum * v[i]) : v[i]);
        }
    }
}
