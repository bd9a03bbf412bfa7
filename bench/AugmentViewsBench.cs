using BenchmarkDotNet.Attributes;
using NegSamples.Augment;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>SimCLR views of 32 x 32 from images of 32 x 32, as in training on CIFAR-10; one operation is one view.</summary>
public class AugmentViewsBench
{
    private const int Samples = 512, Views = 2 * Samples, Side = 32;
    private readonly ImagePlace[] images = new ImagePlace[Samples];
    private readonly ViewRecipe[] recipes = new ViewRecipe[Views];
    private CpuOps ops = null!;
    private Arena arena = null!;
    private Tensor pixels, views;

    [Params(1)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        ops = new CpuOps(Threads);
        arena = ops.CreateArena("bench", Arena.BytesFor(ElementType.UInt8, 3 * Side * Side * Samples) + Arena.BytesFor(ElementType.Float32, 3 * Side * Side * Views));
        pixels = arena.Take(ElementType.UInt8, 3 * Side * Side * Samples);
        views = arena.Take(Views, Side, Side, 3);
        Philox random = new(1, RandomPurpose.Drawing);
        for (int i = 0; i < pixels.Bytes.Length; i++) pixels.Bytes[i] = (byte)random.Below((uint)i, 256);
        SimClrRecipe recipe = new(Side);
        for (int i = 0; i < Samples; i++) images[i] = new ImagePlace(3L * Side * Side * i, Side, Side);
        for (int i = 0; i < Views; i++) recipes[i] = recipe.Draw(1, 0, (uint)(i % Samples), (uint)(i / Samples), Side, Side) with { Image = i % Samples };
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        arena.Dispose();
        ops.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Views)]
    public void SimClrViews() => ops.AugmentViews(pixels, images, recipes, views);
}
