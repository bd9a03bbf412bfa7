using BenchmarkDotNet.Attributes;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>SimCLR views of 32 x 32 from images of 32 x 32, as in training on CIFAR-10. Bytes: 3 a source pixel and 12 a pixel of a view.</summary>
public class AugmentViewsBench : OperationBench
{
    private const int Samples = 512, Views = 2 * Samples, Side = 32;
    private readonly ImagePlace[] images = new ImagePlace[Samples];
    private readonly ViewRecipe[] recipes = new ViewRecipe[Views];
    private Tensor pixels, views;

    [GlobalSetup]
    public void Setup()
    {
        pixels = Zeros(ElementType.UInt8, 3 * Side * Side * Samples);
        views = Zeros(Views, Side, Side, 3);
        Philox random = new(1, RandomPurpose.Drawing);
        byte[] values = new byte[pixels.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (byte)random.Below((uint)i, 256);
        Ops.Upload<byte>(values, pixels);
        SimClrRecipe recipe = new(Side);
        for (int i = 0; i < Samples; i++) images[i] = new ImagePlace(3L * Side * Side * i, Side, Side);
        for (int i = 0; i < Views; i++) recipes[i] = recipe.Draw(1, 0, (uint)(i % Samples), (uint)(i / Samples), Side, Side) with { Image = i % Samples };
    }

    [Benchmark]
    public void SimClrViews() => Ops.AugmentViews(pixels, images, recipes, views);

    public override Floor FloorOf(string method) => new(0, (3.0 + 12) * Side * Side * Views, Views);
}
