using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Several steps of each optimizer against the same formula in double, with segments that decay, segments that do not, and gaps between them.</summary>
public class OptimizerTests
{
    private const int Steps = 5;

    /// <summary>Ragged lengths, one longer than a block of work, a single element, and gaps before, between and behind.</summary>
    private static readonly ParameterSegment[] Segments = [new(3, 37, true), new(48, 16, false), new(64, 20_001, true), new(20_080, 1, false), new(20_081, 5, true)];

    private const int Length = 20_100;

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0.9f, 0, false)]
    [InlineData(0.9f, 0.1f, false)]
    [InlineData(0.9f, 0.1f, true)]
    public void SgdFollowsItsFormula(float momentum, float decay, bool nesterov) => Compare(
        1,
        (o, step) => o.Rig.Ops.SgdStep(o.W, o.G, o.First, Segments, 0.05f, momentum, decay, nesterov),
        (s, w, g, m, _, _) =>
        {
            for (int i = 0; i < w.Length; i++)
            {
                double gradient = g[i] + ((s.Decay ? (double)decay : 0) * w[i]);
                m[i] = ((double)momentum * m[i]) + gradient;
                w[i] -= (double)0.05f * (nesterov ? gradient + ((double)momentum * m[i]) : m[i]);
            }
        },
        (s, w, g, m, _, _) =>
        {
            for (int i = 0; i < w.Length; i++)
            {
                float gradient = g[i] + ((s.Decay ? decay : 0) * w[i]);
                m[i] = (momentum * m[i]) + gradient;
                w[i] -= 0.05f * (nesterov ? gradient + (momentum * m[i]) : m[i]);
            }
        });

    [Theory]
    [InlineData(0, 0.001f)]
    [InlineData(0.1f, 0.001f)]
    [InlineData(0.1f, 0.5f)]
    public void LarcFollowsItsFormula(float decay, float trust) => Compare(
        1,
        (o, step) => o.Rig.Ops.LarcStep(o.W, o.G, o.First, Segments, 0.7f, 0.9f, decay, trust),
        (s, w, g, m, _, _) =>
        {
            double weights = Math.Sqrt(w.Sum(x => x * x)), gradients = Math.Sqrt(g.Sum(x => (double)x * x)), lambda = s.Decay ? (double)decay : 0;
            bool adapt = weights > 0 && gradients > 0;
            double scale = adapt ? (double)trust * weights / (gradients + (lambda * weights) + (double)1e-8f) : 1;
            for (int i = 0; i < w.Length; i++)
            {
                m[i] = ((double)0.9f * m[i]) + (scale * (g[i] + (adapt ? lambda * w[i] : 0)));
                w[i] -= (double)0.7f * m[i];
            }
        },
        (s, w, g, m, _, _) =>
        {
            float squaresOfW = 0, squaresOfG = 0, lambda = s.Decay ? decay : 0;
            for (int i = 0; i < w.Length; i++) (squaresOfW, squaresOfG) = (squaresOfW + (w[i] * w[i]), squaresOfG + (g[i] * g[i]));
            bool adapt = squaresOfW > 0 && squaresOfG > 0;
            float scale = adapt ? trust * MathF.Sqrt(squaresOfW) / (MathF.Sqrt(squaresOfG) + (lambda * MathF.Sqrt(squaresOfW)) + 1e-8f) : 1;
            for (int i = 0; i < w.Length; i++)
            {
                m[i] = (0.9f * m[i]) + (scale * (g[i] + (adapt ? lambda * w[i] : 0)));
                w[i] -= 0.7f * m[i];
            }
        });

    [Theory]
    [InlineData(0, 1e-8f)]
    [InlineData(0.1f, 1e-8f)]
    [InlineData(0.1f, 0.1f)]
    public void AdamWFollowsItsFormula(float decay, float epsilon) => Compare(
        2,
        (o, step) => o.Rig.Ops.AdamWStep(o.W, o.G, o.First, o.Second, Segments, step, 0.01f, decay, epsilon: epsilon),
        (s, w, g, m, v, t) =>
        {
            double rate = 0.01f, beta1 = 0.9f, beta2 = 0.999f;
            for (int i = 0; i < w.Length; i++)
            {
                if (s.Decay) w[i] *= 1 - (rate * decay);
                m[i] = (beta1 * m[i]) + ((1 - beta1) * g[i]);
                v[i] = (beta2 * v[i]) + ((1 - beta2) * g[i] * g[i]);
                w[i] -= rate * (m[i] / (1 - Math.Pow(beta1, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(beta2, t))) + epsilon);
            }
        },
        (s, w, g, m, v, t) =>
        {
            for (int i = 0; i < w.Length; i++)
            {
                if (s.Decay) w[i] *= 1 - (0.01f * decay);
                m[i] = (0.9f * m[i]) + ((1 - 0.9f) * g[i]);
                v[i] = (0.999f * v[i]) + ((1 - 0.999f) * g[i] * g[i]);
                w[i] -= 0.01f * (m[i] / (1 - MathF.Pow(0.9f, t))) / (MathF.Sqrt(v[i] / (1 - MathF.Pow(0.999f, t))) + epsilon);
            }
        });

    [Fact]
    public void LarcWithoutWeightsOrWithoutGradientsTakesThePlainStep()
    {
        using State o = new(2);
        ParameterSegment[] segments = [new(0, 20, true), new(20, 20, true)];
        o.W.Floats[..20].Clear();
        o.G.Floats[20..40].Clear();
        o.First.Floats.Clear();
        float[] w = o.W.Floats.ToArray(), g = o.G.Floats.ToArray();
        o.Rig.Ops.LarcStep(o.W, o.G, o.First, segments, 0.5f, 0.9f, 0.1f);
        for (int i = 0; i < 20; i++) Assert.Equal(-0.5f * g[i], o.W.Floats[i]);
        for (int i = 20; i < Length; i++) Assert.Equal(w[i], o.W.Floats[i]);
    }

    [Fact]
    public void AdamWWithoutGradientsOnlyDecays()
    {
        using State o = new(2);
        o.G.Floats.Clear();
        o.First.Floats.Clear();
        o.Second.Floats.Clear();
        float[] w = o.W.Floats.ToArray();
        o.Rig.Ops.AdamWStep(o.W, o.G, o.First, o.Second, [new(0, 33, true), new(33, 33, false)], 1, 0.5f, 0.1f);
        for (int i = 0; i < 33; i++) Assert.Equal(w[i] * 0.95, o.W.Floats[i], 1e-7);
        for (int i = 33; i < Length; i++) Assert.Equal(w[i], o.W.Floats[i]);
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using State o = new(threads);
            o.Rig.Ops.SgdStep(o.W, o.G, o.First, Segments, 0.1f, 0.9f, 0.01f, true);
            o.Rig.Ops.LarcStep(o.W, o.G, o.First, Segments, 0.1f, 0.9f, 0.01f);
            o.Rig.Ops.AdamWStep(o.W, o.G, o.First, o.Second, Segments, 3, 0.1f, 0.01f);
            float[] results = [.. o.W.Floats, .. o.First.Floats, .. o.Second.Floats];
            first ??= results;
            Assert.Equal(first, results);
        }
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        using State o = new(1);
        ArgumentException outside = Assert.Throws<ArgumentException>(() => o.Rig.Ops.SgdStep(o.W, o.G, o.First, [new(Length - 1, 2, true)], 0.1f, 0, 0, false));
        Assert.Contains($"is not within the {Length} parameters.", outside.Message, StringComparison.Ordinal);
        ArgumentException shape = Assert.Throws<ArgumentException>(() => o.Rig.Ops.LarcStep(o.W, o.G, o.Rig.Take(3), Segments, 0.1f, 0, 0));
        Assert.Contains($"velocity is [3]; expected [{Length}].", shape.Message, StringComparison.Ordinal);
        ArgumentOutOfRangeException step = Assert.Throws<ArgumentOutOfRangeException>(() => o.Rig.Ops.AdamWStep(o.W, o.G, o.First, o.Second, Segments, 0, 0.1f, 0));
        Assert.Contains("step is 0; expected at least 1.", step.Message, StringComparison.Ordinal);
    }

    private delegate void Formula<T>(ParameterSegment segment, T[] w, float[] g, T[] first, T[] second, int step);

    private static void Compare(int moments, Action<State, int> run, Formula<double> truth, Formula<float> naive)
    {
        using State o = new(2);
        double[][] exact = [Rig.Doubles(o.W), Rig.Doubles(o.First), Rig.Doubles(o.Second)];
        float[][] rough = [o.W.Floats.ToArray(), o.First.Floats.ToArray(), o.Second.Floats.ToArray()];
        bool[] inSegment = new bool[Length];
        foreach (ParameterSegment s in Segments) Array.Fill(inSegment, true, s.Offset, s.Length);
        float[][] before = [.. rough.Select(values => (float[])values.Clone())];
        for (int step = 1; step <= Steps; step++)
        {
            o.DrawGradients();
            run(o, step);
            float[] g = o.G.Floats.ToArray();
            foreach (ParameterSegment s in Segments)
            {
                Apply(truth, exact, g, s, step);
                Apply(naive, rough, g, s, step);
            }
        }

        Tensor[] results = [o.W, o.First, o.Second];
        for (int k = 0; k <= moments; k++)
        {
            double allowed = (2 * Rig.MaxError(rough[k], exact[k])) + (1.2e-7 * exact[k].Max(Math.Abs));
            Assert.InRange(Rig.MaxError(results[k].Floats, exact[k]), 0, allowed);
            for (int i = 0; i < Length; i++)
            {
                if (!inSegment[i]) Assert.Equal(before[k][i], results[k].Floats[i]);
            }
        }
    }

    private static void Apply<T>(Formula<T> formula, T[][] state, float[] g, ParameterSegment s, int step)
    {
        T[][] parts = [.. state.Select(values => values[s.Offset..(s.Offset + s.Length)])];
        formula(s, parts[0], g[s.Offset..(s.Offset + s.Length)], parts[1], parts[2], step);
        for (int k = 0; k < parts.Length; k++) parts[k].CopyTo(state[k], s.Offset);
    }

    /// <summary>Random parameters, gradients and moments; the second moment is not negative.</summary>
    private sealed class State : IDisposable
    {
        private readonly Random random = new(21);

        public State(int threads)
        {
            Rig = new Rig(6L * Length, threads);
            (W, G, First, Second) = (Rig.Random(Length), Rig.Random(Length), Rig.Random(Length), Rig.Random(Length));
            foreach (ref float value in Second.Floats) value *= value;
        }

        public Rig Rig { get; }

        public Tensor W { get; }

        public Tensor G { get; }

        public Tensor First { get; }

        public Tensor Second { get; }

        public void DrawGradients()
        {
            foreach (ref float value in G.Floats) value = (float)((random.NextDouble() * 2) - 1);
        }

        public void Dispose() => Rig.Dispose();
    }
}
