using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.SelfTest;
using NegSamples.Tests.Augment.Data.Text;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;
using NegSamples.Training.Encoders;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Layers;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Kernels.SelfTest;

/// <summary>What a GPU of each family launches for its users has been launched by doctor before: each kernel's text, in each tile, with each end.</summary>
public class KernelVariantsTests
{
    // Channels that are no multiple of a vector.
    private static readonly EncoderKind Narrow = EncoderKind.Register(
        "narrow", (blueprint, settings) => new ResNet(blueprint, new MapShape(settings.ImageHeight, settings.ImageWidth, 3), StemKind.ImageNet, false, [1, 1], 7));

    private static readonly TrainingSettings Plain = new()
    {
        Encoder = new() { Kind = EncoderKind.ResNet18, Stem = StemKind.Cifar }, Data = new() { ImageSize = 32 }, Batch = new() { Size = 128 },
        Optimizer = new() { Epochs = 3, Kind = OptimizerKind.Sgd }, Run = new() { Seed = 5 },
    };

    private static readonly TrainingSettings Small = Plain with { Encoder = Plain.Encoder with { Kind = EncoderKind.ConvNet }, Batch = new() { Size = 96 } };

    /// <summary>Settings that differ in what they launch.</summary>
    private static IEnumerable<TrainingSettings> Settings =>
    [
        Plain, Plain with { Encoder = Plain.Encoder with { Stem = StemKind.ImageNet }, Data = new() { ImageSize = 64 }, Batch = new() { Size = 64 } },
        Plain with { Encoder = Plain.Encoder with { Kind = EncoderKind.ResNet50 }, Batch = new() { Size = 32 } },
        Plain with { Encoder = Plain.Encoder with { Kind = Narrow, EmbeddingDimension = 30 }, Batch = new() { Size = 30 } },
        Small, Small with { Batch = new() { Size = 512 } }, Small with { Batch = new() { Size = 16 } }, Small with { Batch = new() { Size = 32 } },
        Small with { Loss = new() { Queue = 512 } }, Small with { Loss = new() { Queue = 511, Negatives = 9 } }, Small with { Batch = new() { Size = 96, MicroBatch = 40 } },
        Small with { Optimizer = new() { Epochs = 3 } }, Small with { Optimizer = new() { Epochs = 3, Kind = OptimizerKind.AdamW } },
        Small with { Loss = new() { Views = 3 } }, Small with { Loss = new() { LearnTemperature = true, Temperature = 0.25 } },
        Small with { Loss = new() { Negatives = 5 } }, Small with { Loss = new() { Temperature = 0.04 } }, Small with { Loss = new() { Shards = 2 } },
        .. Enum.GetValues<LossKind>().Where(kind => kind != LossKind.CrossEntropy).Select(kind => Small with { Loss = new() { Kind = kind } }),
        Small with { Encoder = Small.Encoder with { EmbeddingDimension = 10 }, Loss = new() { Kind = LossKind.CrossEntropy } },
        .. new[] { 64, 100, 256, 512, 1024, 2048 }.SelectMany(dimension => new[] { LossKind.NtXent, LossKind.SingleView, LossKind.Hard, LossKind.SupCon }.Select(kind =>
            Small with { Encoder = Small.Encoder with { EmbeddingDimension = dimension }, Loss = new() { Kind = kind } })),
        .. new[] { 96, 128, 160 }.Select(side => Small with { Data = new() { ImageSize = side }, Batch = new() { Size = 6 } }),
    ];

    /// <summary>Of each family one; with more or fewer multiprocessors each when asked for.</summary>
    public static TheoryData<int, int> Gpus =>
    [
        new(GpuLimits.Rtx.OfBlock, 28), new(GpuLimits.Ampere.OfBlock, 108), new(SharedMemoryLimits.Hopper.OfBlock, 132),
        new(GpuLimits.Rtx.OfBlock, 128) { Explicit = true }, new(SharedMemoryLimits.Hopper.OfBlock, 16) { Explicit = true },
    ];

    [Theory, MemberData(nameof(Gpus))]
    public void WhatIsLaunchedIsTested(int ofBlock, int multiprocessors)
    {
        List<string> untested = [];
        bool hasWgmma = ofBlock == SharedMemoryLimits.Hopper.OfBlock;
        foreach ((Precision precision, MatrixKernels kernels) in KernelTableTests.Ways.Where(way => way.Kernels == MatrixKernels.Mma || hasWgmma))
        {
            LimitedDevice Device() => new(GpuLimits.Of(ofBlock), multiprocessors) { Warpgroups = hasWgmma, TensorMaps = hasWgmma };
            HashSet<string> Launched(Func<CudaOps, IEnumerable<SelfTestCase>> cases)
            {
                LimitedDevice device = Device();
                using CudaOps ops = new(device, precision, kernels);
                foreach (SelfTestCase test in cases(ops))
                {
                    using SelfTestRun run = new(ops, ops.ActivationType, filled: false);
                    test.Body(run);
                }

                return device.Variants;
            }

            HashSet<string> tested = Launched(ops => SelfTestCases.All(SelfTestScale.Real, ops));
            LimitedDevice used = Device();
            using CudaOps ops = new(used, precision, kernels);
            foreach (TrainingSettings settings in Settings) Train(ops, settings);
            Evaluate(ops);
            Sweep(ops);
            untested.AddRange(used.Variants.Except(tested).Select(variant => $"{precision} {kernels}: {variant}"));
            if (kernels == MatrixKernels.Mma) continue;
            HashSet<string> met = Launched(FirstContact.CasesOf);
            untested.AddRange(used.Variants.Union(tested).Where(IsOfWarpgroups).Except(met).Select(variant => $"at first contact {precision} {kernels}: {variant}"));
        }

        Assert.True(untested.Count == 0, $"{untested.Count} not tested:\n{string.Join('\n', untested.Order(StringComparer.Ordinal))}");
    }

    /// <summary>What a run may launch of them; the peak is measured by doctor and benchmarks alone.</summary>
    private static bool IsOfWarpgroups(string variant) => !variant.StartsWith("PeakKernels.", StringComparison.Ordinal)
        && variant.Contains("Warpgroup", StringComparison.Ordinal);

    private static void Train(CudaOps ops, TrainingSettings settings)
    {
        TrainingSettings resolved = settings.Resolve("shapes");
        int side = settings.Data.ImageSize;
        using Trainer trainer = new(ops, resolved, new ShapesSet(new ShapesSettings { Seed = 1, Size = side, TrainCount = settings.Batch.Size, TestCount = 1 }, train: true));
        for (int step = 0; step < 3; step++) trainer.Step();
    }

    /// <summary>The linear classifier and the nearest neighbours of an evaluation.</summary>
    private static void Evaluate(CudaOps ops)
    {
        foreach (int dimension in new[] { 512, 2048, 39 })
        {
            const int Samples = 600, Classes = 10;
            FeatureSet set = new([.. Enumerable.Range(0, Samples * dimension).Select(i => i % 7f)], Samples, dimension, [.. Enumerable.Range(0, Samples).Select(i => i % Classes)], Classes);
            LinearClassifier.Train(ops, set, set, new LinearSettings { Epochs = 1 });
            NearestNeighbours.Evaluate(ops, set, set);
        }
    }

    /// <summary>The losses of very many keys that a similarity sweep measures.</summary>
    private static void Sweep(CudaOps ops)
    {
        foreach ((int rows, int dimension) in new[] { (8192, 128), (65_536, 128), (4096, 64), (4096, 768) })
        {
            using Arena arena = ops.CreateArena("sweep", 40L * rows * dimension);
            Tensor z = arena.Take(rows, dimension), keys = arena.Take(rows, dimension), loss = arena.Take(rows), sums = arena.Take(rows), dz = arena.Take(rows, dimension);
            Tensor places = arena.Take(ElementType.Int32, rows);
            TwoViews views = new(ops.CreateArena("views", TwoViews.BytesFor(rows / 2)), rows / 2);
            foreach (float temperature in new[] { 0.5f, 0.04f })
            {
                ContrastiveSettings settings = new(temperature);
                ops.ContrastiveLoss(views.BothViews(z), settings, loss, sums, ContrastiveGradients.OfRows(dz));
                ops.ContrastiveLoss(views.BothViews(z), settings, loss, sums, default);
                ops.ContrastiveLoss(views.AcrossViews(z), settings, loss, sums, ContrastiveGradients.OfRows(dz));
                ops.ContrastiveLoss(new(z, keys) { PositiveKeys = places }, settings, loss, sums, new ContrastiveGradients(dz, arena.Take(rows, dimension)));
                ops.ContrastiveLoss(new(z, keys) { Positives = keys }, settings, loss, sums, new ContrastiveGradients(dz));
                ops.ContrastiveLoss(new(z, keys) { PositiveKeys = places }, new(temperature, new Sigmoid()), loss, sums, new ContrastiveGradients(dz, arena.Take(rows, dimension)));
            }
        }
    }
}
