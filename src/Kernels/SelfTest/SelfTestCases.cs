namespace NegSamples.Kernels.SelfTest;

/// <summary>
/// The cases of the self-test. Backward passes take random inputs instead of a forward pass's results: a number near 0 would pass a ReLU on one device only.
/// </summary>
internal static partial class SelfTestCases
{
    private static readonly RowLoss[] Family = [new InfoNce(), new Decoupled(), new Debiased(0.1), new HardNegatives(0.1, 0.5), new Sigmoid()];

    /// <summary>All cases.</summary>
    /// <param name="scale">The sizes.</param>
    /// <param name="device">Whose tiles are among them; null for none.</param>
    public static IEnumerable<SelfTestCase> All(SelfTestScale scale, Ops? device = null)
    {
        bool real = scale == SelfTestScale.Real;
        return [.. OfScale(scale), .. Tiles(device, ends: real), .. real ? [.. Pairs(PairForms), .. Classifiers(), .. Ragged(SelfTestScale.Small)] : (SelfTestCase[])[]];
    }

    /// <summary>Those whose shapes are the scale's.</summary>
    public static IEnumerable<SelfTestCase> OfScale(SelfTestScale scale) =>
        [.. scale.Odd.SelectMany(odd => Products(scale, odd)), .. Convolutions(scale), .. scale.Odd.SelectMany(odd => Elements(scale, odd)),
            .. Normalizations(scale), .. Pools(scale), .. Bags(scale), .. Losses(scale), .. Steps(), .. Views(scale), .. Forms(scale)];

    private static IEnumerable<SelfTestCase> Products(SelfTestScale scale, int odd)
    {
        (int rows, int columns, int depth) = (scale.Rows + (3 * odd), scale.Keys / 8, scale.Dimension + odd);
        foreach ((bool left, bool right) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            yield return new($"product [{rows}, {depth}] x [{depth}, {columns}]{(left ? ", left transposed" : "")}{(right ? ", right transposed" : "")}",
                SelfTestKind.Products, run =>
            {
                Tensor a = left ? run.Numbers(depth, rows) : run.Numbers(rows, depth), b = right ? run.Numbers(columns, depth) : run.Numbers(depth, columns);
                run.Ops.MatMul(a, b, run.Result(rows, columns), left, right);
                run.Ops.MatMul(a, b, run.Compare(run.Numbers(rows, columns)), left, right, accumulate: true);
            });
        }

        yield return new($"linear {scale.Channels} to {scale.Dimension}", SelfTestKind.Products, run =>
        {
            Tensor x = run.Input(scale.Rows, scale.Channels), w = run.Numbers(scale.Dimension, scale.Channels), b = run.Numbers(scale.Dimension);
            run.Ops.LinearForward(x, w, b, run.Output(scale.Rows, scale.Dimension));
            run.Ops.LinearBackward(
                run.Input(scale.Rows, scale.Dimension), x, w, run.Output(scale.Rows, scale.Channels), run.Compare(run.Numbers(scale.Dimension, scale.Channels)),
                run.Compare(run.Numbers(scale.Dimension)));
        });
    }

    private static IEnumerable<SelfTestCase> Convolutions(SelfTestScale scale)
    {
        (int input, int output, int kernel, int stride, int padding)[] layers =
        [
            (3, scale.Channels, 3, 1, 1), (scale.Channels, scale.Channels, 3, 1, 1), (scale.Channels, 2 * scale.Channels, 3, 2, 1),
            (scale.Channels, 2 * scale.Channels, 1, 2, 0), (3, scale.Channels, 7, 2, 3), (2 * scale.Channels, 24, 1, 1, 0),
        ];
        foreach ((int input, int output, int kernel, int stride, int padding) in layers)
        {
            int side = ((scale.Side + (2 * padding) - kernel) / stride) + 1;
            yield return new($"convolution {kernel}x{kernel}/{stride}, {input} to {Counted.Of(output, "channel")}", SelfTestKind.Products, run =>
            {
                Tensor x = run.Input(scale.Images, scale.Side, scale.Side, input), w = run.Numbers(output, kernel, kernel, input),
                    dy = run.Input(scale.Images, side, side, output);
                run.Ops.Conv2dForward(x, w, run.Output(scale.Images, side, side, output), stride, padding);
                run.Ops.Conv2dBackwardInput(dy, w, run.Output(scale.Images, scale.Side, scale.Side, input), stride, padding);
                run.Ops.Conv2dBackwardInput(dy, w, run.Compare(run.Input(scale.Images, scale.Side, scale.Side, input)), stride, padding, accumulate: true);
                run.Ops.Conv2dBackwardWeight(x, dy, run.Compare(run.Numbers(output, kernel, kernel, input)), stride, padding);
            });
        }
    }

    private static IEnumerable<SelfTestCase> Elements(SelfTestScale scale, int odd)
    {
        int count = (scale.Images * scale.Side * scale.Side * scale.Channels) + (3 * odd);
        yield return new($"scale of {count}", SelfTestKind.Float32, run => run.Ops.Scale(run.Numbers(count), 0.3f, run.Result(count)));
        yield return new($"moving average of {count}", SelfTestKind.Float32,
            run => run.Ops.MovingAverage(run.Numbers(count), 0.1f, run.Compare(run.Numbers(count))));
        yield return new($"copy and zero of {count}", SelfTestKind.Exact, run =>
        {
            Tensor x = run.Numbers(count);
            run.Ops.Copy(x, run.Result(count));
            run.Ops.Zero(run.Compare(x));
        });
    }

    private static IEnumerable<SelfTestCase> Normalizations(SelfTestScale scale)
    {
        foreach ((bool residual, bool relu) in new[] { (false, false), (false, true), (true, true) })
        {
            yield return new($"batch norm{(residual ? ", residual" : "")}{(relu ? ", ReLU" : "")}", SelfTestKind.Activations, run =>
            {
                int c = scale.Channels;
                int[] shape = [scale.Images, scale.Side, scale.Side, c];
                Tensor x = run.Input(shape), gamma = run.Numbers(c), beta = run.Numbers(c), mean = run.Result(c), deviation = run.Result(c),
                    variance = run.Compare(Ones(run, c));
                Tensor runningMean = run.Compare(run.Numbers(c)), none = default;
                run.Ops.BatchNormForward(x, gamma, beta, runningMean, variance, mean, deviation, residual ? run.Input(shape) : none, relu, run.Output(shape));
                run.Ops.BatchNormInference(x, gamma, beta, runningMean, variance, residual ? run.Input(shape) : none, relu, run.Output(shape));
                run.Ops.BatchNormBackward(
                    run.Input(shape), x, run.Input(shape), gamma, run.Numbers(c), Ones(run, c), relu, run.Compare(run.Numbers(c)), run.Compare(run.Numbers(c)),
                    run.Output(shape), residual ? run.Output(shape) : none);
            });
        }

        yield return new("unit rows", SelfTestKind.Activations, run =>
        {
            Tensor y = run.Result(scale.Rows, scale.Dimension), scales = run.Result(scale.Rows, 1);
            run.Ops.L2NormalizeForward(run.Input(scale.Rows, scale.Dimension), y, scales);
            run.Ops.L2NormalizeBackward(run.Numbers(scale.Rows, scale.Dimension), run.UnitRows(scale.Rows, scale.Dimension),
                Ones(run, scale.Rows).Reshape(scale.Rows, 1), run.Output(scale.Rows, scale.Dimension));
        });
    }

    private static IEnumerable<SelfTestCase> Bags(SelfTestScale scale)
    {
        // A quarter of the ids are beyond the last word, as where a bag is filled up.
        int words = scale.Keys / 8, length = scale.Side;
        yield return new($"embedding bag of {Counted.Of(words, "word")}", SelfTestKind.Activations, run =>
        {
            Tensor ids = run.Integers(words * 4 / 3, scale.Rows, length);
            run.Ops.EmbeddingBagForward(ids, run.Numbers(words, scale.Dimension), run.Output(scale.Rows, scale.Dimension));
            run.Ops.EmbeddingBagBackward(run.Input(scale.Rows, scale.Dimension), ids, run.Compare(run.Numbers(words, scale.Dimension)));
        });
    }

    private static IEnumerable<SelfTestCase> Pools(SelfTestScale scale)
    {
        foreach ((int kernel, int stride, int padding) in new[] { (2, 2, 0), (3, 2, 1) })
        {
            yield return new($"max pool {kernel}x{kernel}/{stride}", kernel == 2 ? SelfTestKind.Exact : SelfTestKind.Activations, run =>
            {
                int side = ((scale.Side + (2 * padding) - kernel) / stride) + 1;
                Tensor winner = run.Places(scale.Images, side, side, scale.Channels);
                run.Ops.MaxPoolForward(run.Input(scale.Images, scale.Side, scale.Side, scale.Channels), run.Output(scale.Images, side, side, scale.Channels),
                    winner, kernel, stride, padding);
                run.Ops.MaxPoolBackward(
                    run.Input(scale.Images, side, side, scale.Channels), winner, run.Output(scale.Images, scale.Side, scale.Side, scale.Channels), kernel,
                    stride, padding);
            });
        }

        yield return new("global average pool", SelfTestKind.Activations, run =>
        {
            run.Ops.GlobalAveragePoolForward(run.Input(scale.Images, scale.Side, scale.Side, scale.Channels), run.Output(scale.Images, scale.Channels));
            run.Ops.GlobalAveragePoolBackward(run.Input(scale.Images, scale.Channels), run.Output(scale.Images, scale.Side, scale.Side, scale.Channels));
        });
    }

    private static IEnumerable<SelfTestCase> Losses(SelfTestScale scale)
    {
        yield return new("softmax cross-entropy", SelfTestKind.Float32, run =>
            run.Ops.SoftmaxCrossEntropy(run.Numbers(scale.Rows, 100), run.Integers(100, scale.Rows), run.Result(scale.Rows), run.Result(scale.Rows, 100)));
        foreach (RowLoss loss in Family)
        {
            foreach (int negatives in new[] { 0, 3 })
            {
                if (negatives == 0 && loss is not InfoNce) continue; // the cases below take all keys
                yield return new($"{loss.GetType().Name} of both views{(negatives > 0 ? ", sampled" : "")}", SelfTestKind.Products, run =>
                {
                    Tensor z = run.UnitRows(scale.Rows, scale.Dimension);
                    ContrastiveBatch batch = Views(run, scale.Rows / 2).BothViews(z) with { Sample = new NegativeSample(negatives, 7, 11) };
                    run.Ops.ContrastiveLoss(
                        batch, new ContrastiveSettings(0.2f, loss), run.Result(scale.Rows), run.Result(scale.Rows),
                        ContrastiveGradients.OfRows(run.Result(scale.Rows, scale.Dimension)));
                });
            }
        }

        foreach (int negatives in new[] { 0, 3 })
        {
            yield return new($"InfoNce of three views{(negatives > 0 ? ", sampled" : "")}", SelfTestKind.Products, run =>
            {
                int samples = scale.Rows / 3, rows = 3 * samples;
                ManyViews views = new(run.Arena(ManyViews.BytesFor(samples, 3)), samples, 3);
                ContrastiveBatch batch = views.AtOffset(run.UnitRows(rows, scale.Dimension), 2) with { Sample = new NegativeSample(negatives, 7, 11) };
                run.Ops.ContrastiveLoss(
                    batch, new ContrastiveSettings(0.2f), run.Result(rows), run.Result(rows), ContrastiveGradients.OfRows(run.Result(rows, scale.Dimension)));
            });
        }

        yield return new("InfoNce across views, both ways", SelfTestKind.Products, run =>
        {
            Tensor z = run.UnitRows(scale.Rows, scale.Dimension);
            run.Ops.ContrastiveLoss(
                Views(run, scale.Rows / 2).AcrossViews(z), new ContrastiveSettings(0.2f), run.Result(scale.Rows), run.Result(scale.Rows),
                ContrastiveGradients.OfRows(run.Result(scale.Rows, scale.Dimension)));
        });

        foreach (RowLoss loss in Family)
        {
            yield return new($"{loss.GetType().Name} of {Counted.Of(scale.Rows, "query")} and {Counted.Of(scale.Keys, "key")}", SelfTestKind.Products, run =>
            {
                Tensor queries = run.UnitRows(scale.Rows, scale.Dimension), keys = run.UnitRows(scale.Keys, scale.Dimension);
                ContrastiveBatch batch = new(queries, keys) { PositiveKeys = run.Integers(scale.Keys, scale.Rows) };
                run.Ops.ContrastiveLoss(
                    batch, new ContrastiveSettings(0.2f, loss), run.Result(scale.Rows), run.Result(scale.Rows),
                    new ContrastiveGradients(run.Result(scale.Rows, scale.Dimension), run.Result(scale.Keys, scale.Dimension)));
            });
        }

        yield return new($"InfoNce of {Counted.Of(scale.Rows, "query")} and a queue of {scale.Keys}", SelfTestKind.Products, run =>
        {
            ContrastiveBatch batch = new(run.UnitRows(scale.Rows, scale.Dimension),
                run.UnitRows(scale.Keys, scale.Dimension)) { Positives = run.UnitRows(scale.Rows, scale.Dimension) };
            run.Ops.ContrastiveLoss(
                batch, new ContrastiveSettings(0.07f), run.Result(scale.Rows), run.Result(scale.Rows),
                new ContrastiveGradients(run.Result(scale.Rows, scale.Dimension), default, run.Result(scale.Rows, scale.Dimension)));
        });
        foreach ((RowLoss loss, bool products) in new (RowLoss, bool)[] { (new InfoNce(), true), (new HardNegatives(0.1, 0.5), false), (new Sigmoid(), true) })
        {
            yield return new($"{loss.GetType().Name} of a queue in two parts", SelfTestKind.Products,
                run => OfParts(run, scale, loss, products, negatives: products ? 0 : 3));
        }

        foreach (int negatives in new[] { 0, 3 })
        {
            yield return new($"SupervisedContrastive{(negatives > 0 ? ", sampled" : "")}", SelfTestKind.Products, run =>
            {
                Tensor z = run.UnitRows(scale.Rows, scale.Dimension);
                ContrastiveBatch batch = Views(run, scale.Rows / 2).Labelled(z, LabelsOfViews(run, scale.Rows)) with { Sample = new NegativeSample(negatives, 7, 11) };
                run.Ops.ContrastiveLoss(
                    batch, new ContrastiveSettings(0.2f, new SupervisedContrastive()), run.Result(scale.Rows), run.Result(scale.Rows),
                    ContrastiveGradients.OfRows(run.Result(scale.Rows, scale.Dimension)));
            });
        }
    }

    /// <summary>The three steps over keys that are cut where no tile ends, of sampled negatives where there are no products.</summary>
    private static void OfParts(SelfTestRun run, SelfTestScale scale, RowLoss loss, bool products, int negatives)
    {
        int cut = (scale.Keys / 2) + 1, rows = scale.Rows;
        Tensor keys = run.UnitRows(scale.Keys, scale.Dimension), queries = run.UnitRows(rows, scale.Dimension);
        Tensor losses = run.Result(rows), logSumExp = run.Result(rows);
        Arena states = run.Arena(Arena.BytesFor(ElementType.Int32, 2L * rows * ContrastiveState.Width) + Arena.BytesFor(ElementType.Float32, 5L * rows)
            + (2 * Arena.BytesFor(ElementType.Float32, (long)rows * scale.Dimension)));
        Tensor ofParts = states.Take(ElementType.Int32, 2 * rows, ContrastiveState.Width), factors = states.Take(rows, ContrastiveState.FactorWidth);
        ContrastiveSettings settings = new(0.2f, loss);
        ContrastiveBatch all = new(queries, keys)
        {
            PositiveKeys = run.Integers(scale.Keys, rows), IgnoredKeys = run.Integers(scale.Keys, rows), Sample = new NegativeSample(negatives, 7, 11),
        };
        ContrastiveBatch[] batches = [all with { Keys = keys.Slice(0, cut), Part = new(0, keys[0]) },
            all with { Keys = keys.Slice(cut, keys[0] - cut), Part = new(cut, keys[0]) }];
        ContrastiveState[] parts = [.. batches.Select((_, part) =>
            new ContrastiveState(ofParts.Slice(part * rows, rows), products ? states.Take(rows, scale.Dimension) : default))];
        for (int part = 0; part < 2; part++) run.Ops.ContrastiveSums(batches[part], settings, parts[part]);
        run.Ops.ContrastiveFinish(ofParts, settings, losses, logSumExp, factors);
        for (int part = 0; part < 2; part++)
        {
            ContrastiveGradients gradients = new(run.Result(rows, scale.Dimension), run.Result(batches[part].Keys[0], scale.Dimension));
            run.Ops.ContrastiveWeights(batches[part], settings, factors, gradients, products ? parts[part] : default);
        }
    }

    private static TwoViews Views(SelfTestRun run, int samples) => new(run.Arena(TwoViews.BytesFor(samples)), samples);

    private static IEnumerable<SelfTestCase> Steps()
    {
        const int Count = 16 * 1024;
        ParameterSegment[] segments = [new(0, 10_000, true), new(10_000, 37, false), new(10_048, 3_001, true), new(13_056, Count - 13_056, false)];
        yield return new("count of non-finite numbers", SelfTestKind.Exact, run =>
        {
            Tensor x = run.Numbers(Count);
            float[] values = new float[Count];
            (values[0], values[9_999], values[10_036], values[10_100], values[^1]) = (float.NaN, float.PositiveInfinity, float.NaN, float.MaxValue, float.NegativeInfinity);
            run.Ops.Upload<float>(values, x);
            int[] counts = new int[segments.Length];
            run.Ops.CountNonFinite(x, segments, counts);
            run.Ops.Upload<int>(counts, run.Places(counts.Length));
        });
        yield return new("SGD step", SelfTestKind.Float32, run => run.Ops.SgdStep(
            run.Compare(run.Numbers(Count)), run.Numbers(Count), run.Compare(run.Numbers(Count)), segments, 0.1f, 0.9f, 1e-4f, nesterov: true));
        yield return new("LARC step", SelfTestKind.Float32, run => run.Ops.LarcStep(
            run.Compare(run.Numbers(Count)), run.Numbers(Count), run.Compare(run.Numbers(Count)), segments, 0.1f, 0.9f, 1e-4f));
        yield return new("AdamW step", SelfTestKind.Float32, run => run.Ops.AdamWStep(
            run.Compare(run.Numbers(Count)), run.Numbers(Count), run.Compare(run.Numbers(Count)), run.Compare(Ones(run, Count)), segments, 3, 0.01f, 0.05f));
        foreach ((int rows, int columns, int places, int first) in new[] { (9, 16, 13, 7), (14, 5, 8, 6) })
        {
            yield return new($"{Counted.Of(rows, "row")} of {columns} to a ring of {places}", SelfTestKind.Exact,
                run => run.Ops.CopyToRing(run.Numbers(rows, columns), run.Compare(run.Numbers(places, columns)), first));
        }

        // Weights are made ready for all of a step from the second on, and gradients are added up two at a time.
        yield return new("convolutions in three steps as a whole", SelfTestKind.Products, run =>
        {
            Tensor x = run.Input(2, 6, 6, 6), dy = run.Input(2, 3, 3, 8), w = run.Numbers(8, 3, 3, 6), losses = run.Numbers(2), g = run.Numbers(4);
            Tensor y = run.Output(2, 3, 3, 8), dx = run.Output(2, 6, 6, 6), dw = run.Compare(run.Numbers(8, 3, 3, 6));
            Tensor other = run.Compare(run.Numbers(8, 3, 3, 6));
            using WholeStep? whole = run.Ops.CreateWholeStep(formula: null, losses: 2, segments: 1);
            whole?.Prepare(w);
            Action work = () =>
            {
                run.Ops.Conv2dForward(x, w, y, stride: 2, padding: 1);
                run.Ops.Conv2dBackwardInput(dy, w, dx, stride: 2, padding: 1);
                run.Ops.Conv2dBackwardWeight(x, dy, dw, stride: 2, padding: 1);
                run.Ops.Conv2dBackwardWeight(x, dy, other, stride: 2, padding: 1);
                whole?.StopUnlessFinite(losses, g, [new(0, 4, false)]);
            };
            for (int step = 0; step < 3; step++)
            {
                if (whole is null) work();
                else whole.Run(default, work);
            }
        });

        // The third step is the first that a GPU with graphs only repeats.
        yield return new("three steps as a whole", SelfTestKind.Float32, run =>
        {
            const int Losses = 300;
            Tensor w = run.Compare(run.Numbers(Count)), g = run.Numbers(Count), v = run.Compare(run.Numbers(Count)), losses = run.Numbers(Losses);
            using WholeStep? whole = run.Ops.CreateWholeStep(formula: null, Losses, segments.Length);
            StepNumbers numbers = default;
            Action work = () =>
            {
                whole?.StopUnlessFinite(losses, g, segments);
                run.Ops.SgdStep(w, g, v, segments, numbers.LearningRate, 0.9f, 1e-4f, nesterov: false);
            };
            for (int step = 1; step <= 3; step++)
            {
                numbers = numbers with { LearningRate = 0.1f * step };
                if (whole is null) work();
                else whole.Run(numbers, work);
            }
        });

        yield return new("slopes of a temperature and a bias in three steps as a whole", SelfTestKind.Float32, run =>
        {
            // More products than all threads take at once, and a last round that is not full.
            const double Factor = 0.01;
            Tensor x = run.Numbers(300, 65), y = run.Numbers(300, 65), losses = run.Numbers(2), g = run.Numbers(4);
            Tensor byScale = run.Compare(run.Numbers(1)), byBias = run.Compare(run.Numbers(1));
            (Tensor Number, float Least, float Greatest)[] kept =
                [(run.Compare(run.Numbers(1)), 2, 3), (run.Compare(run.Numbers(1)), -3, -2), (run.Compare(run.Numbers(1)), -1, 1)];
            using WholeStep? whole = run.Ops.CreateWholeStep(formula: null, losses: 2, segments: 1);
            Action work = () =>
            {
                if (whole is null)
                {
                    AddSlope(run, x, y, Factor, byScale);
                    AddSlope(run, x, default, Factor, byBias);
                    foreach ((Tensor number, float least, float greatest) in kept) run.Ops.Upload([Math.Clamp(run.NumbersOf(number)[0], least, greatest)], number);
                    return;
                }

                whole.AddProducts(x, y, Factor, byScale);
                whole.AddProducts(x, default, Factor, byBias);
                whole.StopUnlessFinite(losses, g, [new(0, 4, false)]);
                foreach ((Tensor number, float least, float greatest) in kept) whole.Clamp(number, least, greatest);
            };
            for (int step = 0; step < 3; step++)
            {
                if (whole is null) work();
                else whole.Run(default, work);
            }
        });
    }

    private static void AddSlope(SelfTestRun run, Tensor x, Tensor y, double factor, Tensor sum)
    {
        float[] left = run.NumbersOf(x), right = y.IsNone ? [] : run.NumbersOf(y);
        double all = 0;
        for (int i = 0; i < left.Length; i++) all += left[i] * (right.Length > 0 ? (double)right[i] : 1);
        run.Ops.Upload([(float)(run.NumbersOf(sum)[0] + (factor * all))], sum);
    }

    private static IEnumerable<SelfTestCase> Views(SelfTestScale scale)
    {
        yield return new("augmented views", SelfTestKind.Activations, run =>
        {
            const int Height = 40, Width = 33, PerImage = Height * Width * 3;
            Tensor pixels = run.Pixels(scale.Images * PerImage);
            ImagePlace[] images = [.. Enumerable.Range(0, scale.Images).Select(i => new ImagePlace((long)i * PerImage, Height, Width))];
            ViewRecipe[] recipes = [.. Enumerable.Range(0, 2 * scale.Images).Select(i => new ViewRecipe
            {
                Image = i / 2, CropTop = i % 7, CropLeft = i % 5, CropHeight = 11 + (i % 20), CropWidth = 9 + (i % 19), Flip = i & 1,
                Jitter = i % 3 == 0 ? 0 : 1,
                JitterOrder = i % 2 == 0 ? 0b11_10_01_00 : 0b01_00_11_10, Brightness = 0.8f, Contrast = 1.2f, Saturation = 0.7f, Hue = 0.05f,
                Gray = i % 5 == 0 ? 1 : 0, BlurSigma = i % 4 == 0 ? 0.9f : 0,
            })];
            int side = scale.Side < 16 ? scale.Side : 32; // CIFAR-10's
            run.Ops.AugmentViews(pixels, images, recipes, run.Output(recipes.Length, side, side, 3));
        });
    }

    private static Tensor Ones(SelfTestRun run, int count)
    {
        Tensor tensor = run.Numbers(count);
        run.Ops.Upload<float>([.. Enumerable.Repeat(1f, count)], tensor);
        return tensor;
    }
}
