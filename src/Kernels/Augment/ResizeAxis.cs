namespace NegSamples.Kernels;

/// <summary>The weights of a bilinear resize with antialias along one axis.</summary>
/// <remarks>
/// Output i lies at c = (i + ½)·s of the input, s = input / output; input j weighs max(0, 1 − |j + ½ − c| / max(1, s)), and the weights of an
/// output are divided by their sum. This is the triangle filter of PIL's resize and of torch's <c>interpolate(antialias=True)</c>. Every output
/// has the same number of taps, some of weight 0, so that the loops over them do not branch.
/// </remarks>
internal readonly unsafe struct ResizeAxis
{
    /// <summary>Inputs that one output reads.</summary>
    public readonly int Taps;

    /// <summary>Per output: its first input.</summary>
    public readonly int* First;

    /// <summary>Per output: its weights, <see cref="Taps"/> each.</summary>
    public readonly float* Weights;

    /// <summary>Computes the weights.</summary>
    /// <param name="input">Length of the crop along the axis.</param>
    /// <param name="output">Length of the view along the axis.</param>
    /// <param name="mirrored">Whether output i is what output (output − 1 − i) would be.</param>
    /// <param name="scale">A factor of all weights.</param>
    /// <param name="memory"><see cref="FloatsFor"/> floats.</param>
    public ResizeAxis(int input, int output, bool mirrored, double scale, float* memory)
    {
        Taps = TapsFor(input, output);
        First = (int*)memory;
        Weights = memory + output;
        double step = (double)input / output, support = Math.Max(1, step), slope = 1 / support;
        int last = input - Taps;
        for (int i = 0; i < output; i++)
        {
            double centre = (i + 0.5) * step;

            // All inputs of weight above 0 are in the window: it starts at the first of them or, at the far edge, before it.
            int first = Math.Clamp((int)(centre - support + 0.5), 0, last);
            int at = mirrored ? output - 1 - i : i;
            float* weights = Weights + ((long)at * Taps);
            double distance = first + 0.5 - centre, sum = 0;
            for (int tap = 0; tap < Taps; tap++) sum += Math.Max(0, 1 - (Math.Abs(distance + tap) * slope));
            double factor = scale / sum;
            for (int tap = 0; tap < Taps; tap++) weights[tap] = (float)(Math.Max(0, 1 - (Math.Abs(distance + tap) * slope)) * factor);
            First[at] = first;
        }
    }

    /// <summary>The memory of one axis.</summary>
    public static int FloatsFor(int input, int output) => output * (1 + TapsFor(input, output));

    /// <summary>How many inputs an output reads.</summary>
    public static int TapsFor(int input, int output) => Math.Min(input, input <= output ? 2 : (int)Math.Ceiling(2.0 * input / output));
}
