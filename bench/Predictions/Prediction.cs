using System.Globalization;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Bench.Predictions;

/// <summary><c>--predict</c>: a table of the least times that the counts of tiles, bytes and launches allow. No GPU is needed, and none has confirmed it.</summary>
internal static class Prediction
{
    private const double SecondsBetweenKernels = 1.5e-6; // of one graph

    /// <summary>Prints the table.</summary>
    public static int Run()
    {
        (string Name, Func<GpuModel, double> Seconds)[] rows =
        [
            ("product 8192^3", gpu => Of(gpu, ops => Multiply(ops, 8192))),
            ("convolution 3 x 3, 256 channels, 1024 images of 16 x 16", gpu => Of(gpu, Convolve)),
            ("loss and both gradients, 65,536 x 65,536, d = 128", Pairs),
            ("ResNet-18 step, 1024 views of 32 x 32, as one graph", Step),
        ];
        Console.WriteLine($"| at least, ms, predicted | {string.Join(" | ", GpuModel.All.Select(gpu => gpu.Name))} |");
        Console.WriteLine($"| --- |{string.Concat(GpuModel.All.Select(_ => " ---: |"))}");
        foreach ((string name, Func<GpuModel, double> seconds) in rows)
        {
            IEnumerable<string> cells = GpuModel.All.Select(gpu => (seconds(gpu) * 1e3).ToString("F2", CultureInfo.InvariantCulture));
            Console.WriteLine($"| {name} | {string.Join(" | ", cells)} |");
        }

        return 0;
    }

    private static double Of(GpuModel gpu, Action<CudaOps> work)
    {
        PredictingDevice device = new(gpu);
        using CudaOps ops = new(device, Precision.BFloat16, gpu.Kernels);
        work(ops);
        return device.Total.Products + device.Total.Others;
    }

    private static void Multiply(CudaOps ops, int side)
    {
        using Arena arena = ops.CreateArena("matrices", 4L * side * side * sizeof(float));
        Tensor Matrix() => arena.Take(ElementType.BFloat16, side, side);
        ops.MatMul(Matrix(), Matrix(), Matrix());
    }

    private static void Convolve(CudaOps ops)
    {
        const int Images = 1024, Side = 16, Channels = 256;
        using Arena arena = ops.CreateArena("maps", 3L * Images * Side * Side * Channels * sizeof(float));
        ops.Conv2dForward(
            arena.Take(ElementType.BFloat16, Images, Side, Side, Channels), arena.Take(Channels, 3, 3, Channels),
            arena.Take(ElementType.BFloat16, Images, Side, Side, Channels), 1, 1);
    }

    /// <summary>
    /// Tiles of 128 rows and 64 columns: the sums take one product of the tile, the gradients two, and both an exponential for each pair, beside them at best. Shared
    /// memory is read once more by single warps, whose fragments of the left side are read for every tile. Each of four schedulers issues one warp's instructions, whose
    /// numbers are counted in ptxas's machine code for whole tiles.
    /// </summary>
    private static double Pairs(GpuModel gpu)
    {
        const double rows = 65536, columns = 65536, tileRows = 128, tileColumns = 64, depth = 128, rereadBytes = 114_688, onceBytes = 81_920;
        double tiles = rows * columns / (tileRows * tileColumns), product = 2 * tileRows * tileColumns * depth / gpu.FlopsPerClock;
        double exponentials = tileRows * tileColumns / gpu.ExponentialsPerClock;
        double shared = (gpu.Kernels == MatrixKernels.Mma ? rereadBytes : onceBytes) / GpuModel.SharedBytesPerClock;
        (double ofSums, double ofGradients) = gpu.Kernels switch { MatrixKernels.Mma => (909, 1077), MatrixKernels.Wgmma => (902, 907), _ => (668, 680) };
        double sums = new[] { product, shared, exponentials, ofSums }.Max(), gradients = new[] { 2 * product, shared, exponentials, ofGradients }.Max();
        return gpu.Seconds(Math.Ceiling(tiles / gpu.Multiprocessors) * (sums + gradients));
    }

    private static double Step(GpuModel gpu)
    {
        const int Images = 512, Side = 32;
        TrainingSettings settings = new TrainingSettings
        {
            Encoder = new() { Kind = EncoderKind.ResNet18, Stem = StemKind.Cifar }, Data = new() { ImageSize = Side }, Batch = new() { Size = Images },
            Optimizer = new() { Epochs = 3 },
        }.Resolve("shapes");
        PredictingDevice device = new(gpu);
        using CudaOps ops = new(device, Precision.BFloat16, gpu.Kernels);
        using Trainer trainer = new(ops, settings, new ShapesSet(new ShapesSettings { Seed = 1, Size = Side, TrainCount = Images, TestCount = 1 }, train: true));
        trainer.Step();
        device.Reset();
        trainer.Step();
        return device.Total.Products + device.Total.Others + (device.Total.Launches * SecondsBetweenKernels);
    }
}
