namespace NegSamples.Kernels.SelfTest;

// Forms that an operation takes by its shape or surroundings: each has kernels that the operation's usual case leaves out.
internal static partial class SelfTestCases
{
    private static IEnumerable<SelfTestCase> Forms(SelfTestScale scale)
    {
        // At real sizes more rows than 1,024 tiles of 64, so that the statistics are merged in groups.
        bool real = scale.Side >= 32;
        int images = scale.Images, side = real ? 33 : 17, channels = real ? scale.Channels : 4;
        foreach (bool together in new[] { false, true })
        {
            yield return new($"batch norm on the statistics of a convolution of {Counted.Of(images * side * side, "pixel")}{(together ? ", over two ranks" : "")}", SelfTestKind.Products, run =>
            {
                using IDisposable? ranks = together ? run.TwoRanks() : null;
                int[] shape = [images, side, side, channels];
                Tensor x = run.Input(images, side, side, 3), w = run.Numbers(channels, 1, 1, 3), y = run.Output(shape), none = default;
                Tensor statistics = run.Numbers(Tiling.Blocks(y.Rows, Ops.ColumnStatisticsRows), 2, channels);
                if (!run.Ops.LeavesColumnStatistics(x, w, y)) statistics = none;
                run.Ops.Conv2dForward(x, w, y, 1, 0, statistics);
                run.Ops.BatchNormForward(
                    y, run.Numbers(channels), run.Numbers(channels), run.Numbers(channels), run.Compare(Ones(run, channels)), run.Numbers(channels),
                    run.Result(channels), none, true, run.Output(shape), statistics);
            });
        }

        yield return new("batch norm over two ranks", SelfTestKind.Activations, run =>
        {
            using IDisposable ranks = run.TwoRanks();
            int c = scale.Channels;
            int[] shape = [scale.Images, scale.Side, scale.Side, c];
            Tensor x = run.Input(shape), gamma = run.Numbers(c), none = default;
            run.Ops.BatchNormForward(
                x, gamma, run.Numbers(c), run.Compare(run.Numbers(c)), run.Compare(Ones(run, c)), run.Result(c), run.Result(c), none, true, run.Output(shape));
            run.Ops.BatchNormBackward(
                run.Input(shape), x, run.Input(shape), gamma, run.Numbers(c), Ones(run, c), true, run.Compare(run.Numbers(c)), run.Compare(run.Numbers(c)),
                run.Output(shape), none);
        });
        yield return new("sum over two ranks", SelfTestKind.Exact, run =>
        {
            using IDisposable ranks = run.TwoRanks();
            run.Ops.SumOverRanks(run.Compare(run.Numbers((scale.Rows * scale.Dimension) + 1)));
        });
        yield return new("multiplications of ones", SelfTestKind.Exact, run => run.CompareOnes());
        const int Narrow = 64;
        yield return new($"InfoNce of both views of {Counted.Of(Narrow, "number")}", SelfTestKind.Products, run =>
        {
            Tensor z = run.UnitRows(scale.Rows, Narrow);
            run.Ops.ContrastiveLoss(
                Views(run, scale.Rows / 2).BothViews(z), new ContrastiveSettings(0.2f), run.Result(scale.Rows), run.Result(scale.Rows),
                ContrastiveGradients.OfRows(run.Result(scale.Rows, Narrow)));
        });
        yield return new($"InfoNce of a queue of {Counted.Of(Narrow, "number")}", SelfTestKind.Products, run =>
        {
            ContrastiveBatch batch = new(run.UnitRows(scale.Rows, Narrow), run.UnitRows(scale.Keys, Narrow)) { Positives = run.UnitRows(scale.Rows, Narrow) };
            run.Ops.ContrastiveLoss(
                batch, new ContrastiveSettings(0.2f), run.Result(scale.Rows), run.Result(scale.Rows), new ContrastiveGradients(run.Result(scale.Rows, Narrow)));
        });
        yield return new("InfoNce of a queue in two parts, without products", SelfTestKind.Products,
            run => OfParts(run, scale, new InfoNce(), products: false, negatives: 0));
        yield return new("a loss that only the host knows", SelfTestKind.Products, run =>
        {
            ContrastiveBatch batch = new(run.UnitRows(scale.Rows, scale.Dimension), run.UnitRows(scale.Keys, scale.Dimension))
            {
                PositiveKeys = run.Integers(scale.Keys, scale.Rows), IgnoredKeys = run.Integers(scale.Keys, scale.Rows),
            };
            run.Ops.ContrastiveLoss(
                batch, new ContrastiveSettings(0.2f, new HalfSquare()), run.Result(scale.Rows), run.Result(scale.Rows),
                new ContrastiveGradients(run.Result(scale.Rows, scale.Dimension), run.Result(scale.Keys, scale.Dimension)));
        });
        foreach (float sigma in new[] { 0, 1.1f })
        {
            yield return new($"augmented views of 160 pixels{(sigma > 0 ? ", blurred" : "")}", SelfTestKind.Activations, run =>
            {
                const int Side = 160, Height = 90, Width = 101;
                Tensor pixels = run.Pixels(Height * Width * 3);
                ViewRecipe recipe = new()
                {
                    CropTop = 3, CropLeft = 2, CropHeight = 81, CropWidth = 97, Flip = 1, Jitter = 1, JitterOrder = 0b10_00_11_01, Brightness = 0.9f,
                    Contrast = 1.1f, Saturation = 0.8f, Hue = -0.04f, BlurSigma = sigma,
                };
                ViewRecipe[] recipes = !real ? [recipe] : [.. Enumerable.Repeat(recipe, 4)];
                run.Ops.AugmentViews(pixels, [new ImagePlace(0, Height, Width)], recipes, run.Output(recipes.Length, Side, Side, 3));
            });
        }
    }

    /// <summary>A loss without a kernel of its own: the rows' sums come to the host and their weights go back.</summary>
    private sealed record HalfSquare : RowLoss
    {
        public override RowResult Of(in RowSums row)
        {
            double logarithm = Math.Log(row.Sum) + row.Maximum;
            return new RowResult((0.5 * logarithm * logarithm) - row.Positive, logarithm, logarithm / row.Sum, -1);
        }
    }
}
