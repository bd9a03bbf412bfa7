using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.SelfTest;

// What a GPU chooses by the shapes of a run, by its multiprocessors and by its shared memory: each tile on a few numbers, whatever would be chosen for them.
internal static partial class SelfTestCases
{
    /// <summary>Rows and elements of losses whose tiles differ: by rows, by slabs of the elements, and down to the kernels of float32.</summary>
    public static readonly (int Rows, int Dimension)[] PairForms =
        [(160, 64), (160, 128), (160, 256), (160, 512), (160, 1024), (160, 2048), (64, 64), (64, 128), (32, 64), (32, 128)];

    // At the second one a GPU in bf16 multiplies rows in TF32, and the exponentials of a pair have a maximum for each of its ends.
    private static readonly float[] Temperatures = [0.5f, 0.04f];

    private static readonly int[] ClassCounts = [10, 24];

    /// <summary>Products and convolutions in every tile of a device: a tile that is not full.</summary>
    /// <param name="device">The device; null for one without tiles.</param>
    /// <param name="ends">
    /// Whether its sums end in every way: as vectors and as single numbers, added to what is there, in parts of a depth whose stages come round again, and to
    /// some pixels alone.
    /// </param>
    public static IEnumerable<SelfTestCase> Tiles(Ops? device, bool ends)
    {
        foreach (TileShape tile in device is CudaOps gpu ? gpu.ProductTiles : [])
        {
            int rows = (64 * tile.Down) - 4, even = (64 * tile.Across) - 8, odd = even + 3;
            (int Columns, int Depth)[] shapes = ends ? [(even, 200), (odd, 200), (even, 520), (odd, 520)] : [(even, 200)];
            yield return new($"products and convolutions in tiles of {64 * tile.Down} x {64 * tile.Across}", SelfTestKind.Products, run =>
            {
                using IDisposable taken = run.InTile(tile);
                foreach ((int columns, int depth) in shapes)
                foreach ((bool left, bool right) in new[] { (false, false), (false, true), (true, false), (true, true) })
                {
                    Tensor a = left ? run.Input(depth, rows) : run.Input(rows, depth), b = right ? run.Input(columns, depth) : run.Input(depth, columns);
                    run.Ops.MatMul(a, b, run.Result(rows, columns), left, right);
                    if (ends) run.Ops.MatMul(a, b, run.Compare(run.Numbers(rows, columns)), left, right, accumulate: true);
                    if (!left) run.Ops.MatMul(a, b, run.Output(rows, columns), left, right);
                }

                Convolve(run, images: 1, inputs: 24, even);
                Convolve(run, ends ? 4 : 1, inputs: 72, even);
                if (ends) Convolve(run, images: 1, inputs: 7, odd);
                if (device is not CudaOps { MatrixKernels: MatrixKernels.Tma }) return;
                Convolve(run, images: 1, inputs: 64, outputs: 64, window: 1); // Channels of whole steps, which the copy engine brings.
                Convolve(run, ends ? 4 : 1, inputs: 64, outputs: 64);
                if (!ends) return;
                Convolve(run, images: 1, inputs: 7, outputs: 64, window: 1); // Gradients that end in single numbers, by the engine and by threads.
                Convolve(run, images: 1, inputs: 7, outputs: 40);
            });
        }
    }

    /// <summary>Losses by rows and elements in all their kinds of weights: of both sides, of rows and columns, tilted, with labels, and in parts.</summary>
    public static IEnumerable<SelfTestCase> Pairs(IEnumerable<(int Rows, int Dimension)> forms)
    {
        foreach ((int rows, int dimension) in forms)
        {
            yield return new($"losses of {Counted.Of(rows, "row")} of {Counted.Of(dimension, "number")}", SelfTestKind.Products, run =>
            {
                int keys = rows + 40;
                Tensor z = run.UnitRows(rows, dimension), others = run.UnitRows(keys, dimension);
                TwoViews views = Views(run, rows / 2);
                foreach (float temperature in Temperatures)
                {
                    run.Ops.ContrastiveLoss(
                        views.BothViews(z), new ContrastiveSettings(temperature), run.Result(rows), run.Result(rows),
                        ContrastiveGradients.OfRows(run.Result(rows, dimension)));
                    ContrastiveBatch batch = new(z, others) { PositiveKeys = run.Integers(keys, rows) };
                    run.Ops.ContrastiveLoss(
                        batch, new ContrastiveSettings(temperature), run.Result(rows), run.Result(rows),
                        new ContrastiveGradients(run.Result(rows, dimension), run.Result(keys, dimension)));
                    run.Ops.ContrastiveLoss(
                        batch, new ContrastiveSettings(temperature, new HardNegatives(0.1, 0.5)), run.Result(rows), run.Result(rows),
                        new ContrastiveGradients(run.Result(rows, dimension), run.Result(keys, dimension)));
                }

                run.Ops.ContrastiveLoss(
                    views.Labelled(z, LabelsOfViews(run, rows)), new ContrastiveSettings(0.5f, new SupervisedContrastive()), run.Result(rows), run.Result(rows),
                    ContrastiveGradients.OfRows(run.Result(rows, dimension)));
                ContrastiveBatch excluding = new(z, others)
                {
                    PositiveKeys = run.Integers(keys, rows), QueryLabels = run.Integers(4, rows), KeyLabels = run.Integers(4, keys),
                };
                run.Ops.ContrastiveLoss(
                    excluding, new ContrastiveSettings(0.5f), run.Result(rows), run.Result(rows),
                    new ContrastiveGradients(run.Result(rows, dimension), run.Result(keys, dimension)));
                OfParts(run, new(0, 0, 0, rows, keys, dimension), new InfoNce(), products: false, negatives: 0);
            });
        }
    }

    /// <summary>What a classifier on embeddings asks for: rows and products of float32 in any precision.</summary>
    private static IEnumerable<SelfTestCase> Classifiers()
    {
        foreach (int dimension in new[] { 128, 39, 1032 })
        {
            yield return new($"a classifier of {Counted.Of(dimension, "number")}", SelfTestKind.Products, run =>
            {
                const int Rows = 160;
                foreach (int classes in ClassCounts)
                {
                    Tensor x = run.Numbers(Rows, dimension), w = run.Numbers(classes, dimension), b = run.Numbers(classes), none = default;
                    run.Ops.L2NormalizeForward(run.Numbers(Rows, dimension), run.Result(Rows, dimension), run.Result(Rows, 1));
                    run.Ops.LinearForward(x, w, b, run.Result(Rows, classes));
                    run.Ops.LinearForward(run.Input(Rows, dimension), w, b, run.Output(Rows, classes));
                    run.Ops.LinearBackward(
                        run.Numbers(Rows, classes), x, w, none, run.Compare(run.Numbers(classes, dimension)), run.Compare(run.Numbers(classes)));
                    run.Ops.LinearBackward(
                        run.Input(Rows, classes), run.Input(Rows, dimension), w, run.Output(Rows, dimension), run.Compare(run.Numbers(classes, dimension)),
                        run.Compare(run.Numbers(classes)));
                }
            });
        }
    }

    /// <summary>What fits no vector of several numbers, where a layer's channels do not.</summary>
    private static IEnumerable<SelfTestCase> Ragged(SelfTestScale scale) =>
        from test in (SelfTestCase[])[.. Convolutions(scale), .. Normalizations(scale), .. Pools(scale), .. Bags(scale)]
        select test with { Name = $"{test.Name}, of {Counted.Of(scale.Channels, "channel")} and {Counted.Of(scale.Dimension, "number")}" };

    /// <summary>A convolution whose sums go to its batch norm where they may, both its gradients, and that of an input of every other pixel.</summary>
    private static void Convolve(SelfTestRun run, int images, int inputs, int outputs, int window = 3)
    {
        const int Side = 12, Half = Side / 2;
        int padding = window / 2;
        Tensor x = run.Input(images, Side, Side, inputs), w = run.Numbers(outputs, window, window, inputs), dy = run.Input(images, Side, Side, outputs), none = default;
        Tensor y = run.Output(images, Side, Side, outputs), statistics = run.Numbers(Tiling.Blocks(y.Rows, Ops.ColumnStatisticsRows), 2, outputs);
        if (!run.Ops.LeavesColumnStatistics(x, w, y)) statistics = none;
        run.Ops.Conv2dForward(x, w, y, 1, padding, statistics);
        run.Ops.BatchNormForward(
            y, run.Numbers(outputs), run.Numbers(outputs), run.Numbers(outputs), run.Compare(Ones(run, outputs)), run.Numbers(outputs), run.Result(outputs), none,
            true, run.Output(images, Side, Side, outputs), statistics);
        run.Ops.Conv2dBackwardInput(dy, w, run.Output(images, Side, Side, inputs), 1, padding);
        run.Ops.Conv2dBackwardInput(run.Input(images, Half, Half, outputs), w, run.Compare(run.Input(images, Side, Side, inputs)), 2, padding, accumulate: true);
        run.Ops.Conv2dBackwardWeight(x, dy, run.Compare(run.Numbers(outputs, window, window, inputs)), 1, padding);
    }

    private static Tensor LabelsOfViews(SelfTestRun run, int rows)
    {
        int[] half = new int[rows / 2];
        for (int i = 0; i < half.Length; i++) half[i] = i % 4;
        Tensor labels = run.Integers(1, rows);
        run.Ops.Upload<int>([.. half, .. half], labels);
        return labels;
    }
}
