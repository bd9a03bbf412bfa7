namespace NegSamples.Kernels;

/// <summary>What the matrix-shaped kernels compute with. Master weights, statistics and losses are float32 in all three.</summary>
public enum Precision
{
    /// <summary>Activations and operands in bfloat16, sums in float32, on tensor cores or a CPU's own instructions.</summary>
    BFloat16,

    /// <summary>Activations in float32; operands are rounded to TF32 (10 bits of fraction), sums are float32, on tensor cores.</summary>
    TensorFloat32,

    /// <summary>Everything in float32, without tensor cores: the arithmetic of the CPU, in another order of summation.</summary>
    Float32,
}

/// <summary>What each <see cref="Precision"/> is called in flags, settings and tables.</summary>
internal static class PrecisionNames
{
    /// <summary>The name for what a device is best at: bfloat16 on a GPU; on a CPU what <see cref="CpuOps.PrecisionOf"/> says.</summary>
    public const string Automatic = "auto";

    /// <summary>All names, in the order of <see cref="Precision"/>.</summary>
    public static IReadOnlyList<string> All { get; } = ["bf16", "tf32", "fp32"];

    /// <summary>What may be asked for: <see cref="Automatic"/>, or a precision by its name.</summary>
    public static IReadOnlyList<string> Choices { get; } = [Automatic, .. All];

    /// <summary>The name of a precision.</summary>
    /// <param name="precision">The precision.</param>
    public static string Of(Precision precision) => All[(int)precision];

    /// <summary>What a GPU computes with where a name is asked for.</summary>
    /// <param name="name">One of <see cref="Choices"/>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static Precision OfGpu(string name) => name == Automatic ? Precision.BFloat16 : Parse(name);

    /// <summary>The precision of a name.</summary>
    /// <param name="name">One of <see cref="All"/>.</param>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static Precision Parse(string name)
    {
        for (int i = 0; i < All.Count; i++)
        {
            if (All[i] == name) return (Precision)i;
        }

        throw new ArgumentException($"precision is {name}; expected {string.Join(", ", All)}.", nameof(name));
    }
}
