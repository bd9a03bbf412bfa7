namespace NegSamples.Kernels.SelfTest;

/// <summary>One case of the self-test: the same calls on any device.</summary>
/// <param name="Name">The operation and its shape.</param>
/// <param name="Kind">What its numbers went through.</param>
/// <param name="Body">Makes inputs, calls operations, names results.</param>
internal sealed record SelfTestCase(string Name, SelfTestKind Kind, Action<SelfTestRun> Body)
{
    /// <summary>The largest difference, over the largest number of the result, that rounding explains.</summary>
    /// <remarks>
    /// Float32 sums of up to a million products in another order differ by about 1e-4 of the largest at worst. A product of operands in TF32 is off by 2^-11
    /// each; one in bfloat16 by 2^-9, as is every activation that is stored in it. Integers and single operations are exact, or round once.
    /// </remarks>
    public double ToleranceOf(Precision precision) => (Kind, precision) switch
    {
        (SelfTestKind.Exact, _) => 0,
        (SelfTestKind.Float32, _) => 1e-4,
        (SelfTestKind.Activations, Precision.BFloat16) => 1e-2,
        (SelfTestKind.Activations, _) => 1e-4,
        (SelfTestKind.Products, Precision.Float32) => 1e-4,
        (SelfTestKind.Products, Precision.TensorFloat32) => 4e-3,
        _ => 2e-2,
    };
}

/// <summary>What decides how far two devices may differ.</summary>
internal enum SelfTestKind
{
    /// <summary>Nothing may differ.</summary>
    Exact,

    /// <summary>Float32 numbers and arithmetic on every device.</summary>
    Float32,

    /// <summary>Float32 arithmetic on activations, which are stored in the device's type.</summary>
    Activations,

    /// <summary>Matrix products in the device's precision.</summary>
    Products,
}

/// <summary>The sizes of the self-test's shapes.</summary>
/// <param name="Images">Images of a batch.</param>
/// <param name="Side">Pixels of an image's side.</param>
/// <param name="Channels">Channels of a feature map.</param>
/// <param name="Rows">Rows of the losses.</param>
/// <param name="Keys">Keys of the losses.</param>
/// <param name="Dimension">D.</param>
/// <param name="Odd">What is added to rows and depths: 1 for what fits no vector of several numbers, 0 for what does.</param>
internal sealed record SelfTestScale(int Images, int Side, int Channels, int Rows, int Keys, int Dimension, params int[] Odd)
{
    /// <summary>Those of a training step on CIFAR-10.</summary>
    public static SelfTestScale Real { get; } = new(64, 32, 64, 512, 8192, 128, 0, 1);

    /// <summary>The alignment of real shapes at a fraction of their size: what a table of kernels is measured on.</summary>
    public static SelfTestScale Aligned { get; } = new(2, 16, 64, 128, 512, 128, 0);

    /// <summary>A few elements each, none a multiple of anything.</summary>
    public static SelfTestScale Small { get; } = new(2, 7, 5, 10, 37, 19, 1);
}
