using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The losses, the optimizers and the views.</summary>
internal static partial class OperatorTable
{
    private static IEnumerable<Operator> Losses()
    {
        yield return new("SoftmaxCrossEntropy", [new(5, 8), new(7, Vector)],
            s =>
            [
                In("x", s), Operand.Indices("labels", Math.Max(1, s[1]), s[0]), Out("loss", s[0]).Of(Axis("x", 0, 0)),
                Out("dx", s).Of(Axis("x", 0, 0)) with { Optional = true, MayBe = ["x"] },
            ],
            (ops, t, _) => ops.SoftmaxCrossEntropy(t[0], t[1], t[2], t[3])) { Refuses = s => s[1] == 0 && s[0] > 0 };
        yield return new("ContrastiveLoss, queries and keys", [new(5, Panel), new(6, Panel), new(7, Vector)],
            s =>
            [
                Rows("batch.Queries", s[0], s[2]), Rows("batch.Keys", s[1], s[2]), Operand.Indices("batch.PositiveKeys", Math.Max(1, s[1]), s[0]),
                .. Results(s[0], Axis("batch.Queries", 0, 0), Everything("batch.Keys")),
                Gradient("gradients.Queries", s[0], s[2]).Of(Axis("batch.Queries", 0, 0), Everything("batch.Keys")),
                Gradient("gradients.Keys", s[1], s[2]).Of(Everything("batch.Queries"), Everything("batch.Keys")),
            ],
            (ops, t, _) => ops.ContrastiveLoss(new(t[0], t[1]) { PositiveKeys = t[2] }, new(0.2f), t[3], t[4], new(t[5], t[6]))) { Refuses = s => s[1] * s[2] == 0 };
        yield return new("ContrastiveLoss, a queue", [new(5, Panel), new(6, Panel), new(7, Vector)],
            s =>
            [
                Rows("batch.Queries", s[0], s[2]), Rows("batch.Keys", s[1], s[2]) with { FreeAxes = [0] }, Rows("batch.Positives", s[0], s[2]),
                .. Results(s[0], Axis("batch.Queries", 0, 0), Axis("batch.Positives", 0, 0), Everything("batch.Keys")),
                Gradient("gradients.Queries", s[0], s[2]).Of(Axis("batch.Queries", 0, 0), Axis("batch.Positives", 0, 0), Everything("batch.Keys")),
                Gradient("gradients.Positives", s[0], s[2]).Of(Axis("batch.Queries", 0, 0), Axis("batch.Positives", 0, 0), Everything("batch.Keys")),
            ],
            (ops, t, _) => ops.ContrastiveLoss(new(t[0], t[1]) { Positives = t[2] }, new(0.07f), t[3], t[4], new(t[5], default, t[6]))) { Refuses = s => s[1] * s[2] == 0 };
        foreach (RowLoss loss in new RowLoss[] { new InfoNce(), new Decoupled(), new Debiased(0.1), new HardNegatives(0.1, 0.5) })
        {
            foreach (int negatives in new[] { 0, 3 })
            {
                yield return new($"ContrastiveLoss, {loss.GetType().Name} of both views{(negatives > 0 ? ", sampled" : "")}", [new(4, Panel), new(7, Vector)],
                    s => ViewsAndGradient(s, negatives > 0 ? Spread.Some : Spread.All, negatives > 0 || loss is Decoupled ? Spread.Some : Spread.All),
                    (ops, t, s) =>
                    {
                        using Arena indices = ops.CreateArena("indices", TwoViews.BytesFor(s[0]));
                        ContrastiveBatch batch = new TwoViews(indices, s[0]).BothViews(t[0]) with { Sample = new(negatives, 7, 11) };
                        ops.ContrastiveLoss(batch, new(0.2f, loss), t[1], t[2], ContrastiveGradients.OfRows(t[3]));
                    }) { Refuses = s => s[1] == 0 || s[0] == 0 || (negatives > 0 && (2 * s[0]) - 2 < negatives) };
            }
        }

        yield return new("ContrastiveLoss, Sigmoid of queries and keys", [new(5, Panel), new(6, Panel), new(7, Vector)],
            s =>
            [
                Rows("batch.Queries", s[0], s[2]), Rows("batch.Keys", s[1], s[2]), Operand.Indices("batch.PositiveKeys", Math.Max(1, s[1]), s[0]),
                .. Results(s[0], Axis("batch.Queries", 0, 0), Everything("batch.Keys")),
                Gradient("gradients.Queries", s[0], s[2]).Of(Axis("batch.Queries", 0, 0), Everything("batch.Keys")),
                Gradient("gradients.Keys", s[1], s[2]).Of(Everything("batch.Queries"), Axis("batch.Keys", 0, 0)),
            ],
            (ops, t, _) => ops.ContrastiveLoss(new(t[0], t[1]) { PositiveKeys = t[2] }, new(0.2f, new Sigmoid()) { Bias = -3 }, t[3], t[4], new(t[5], t[6])))
            { Refuses = s => s[1] * s[2] == 0 };
        yield return new("ContrastiveLoss, three views", [new(4, Panel), new(7, Vector)], s => ViewsAndGradient(s, Spread.Some, Spread.Some, views: 3),
            (ops, t, s) =>
            {
                using Arena indices = ops.CreateArena("indices", ManyViews.BytesFor(s[0], 3));
                ops.ContrastiveLoss(new ManyViews(indices, s[0], 3).AtOffset(t[0], 1), new(0.2f), t[1], t[2], ContrastiveGradients.OfRows(t[3]));
            }) { Refuses = s => s[1] == 0 || s[0] == 0 };
        yield return new("ContrastiveLoss, labels", [new(4, Panel), new(7, Vector)],
            s => [.. ViewsAndGradient(s, Spread.All, Spread.All), Operand.Indices("QueryLabels", 2, 2 * s[0])],
            (ops, t, s) =>
            {
                using Arena indices = ops.CreateArena("indices", TwoViews.BytesFor(s[0]));
                ContrastiveBatch batch = new TwoViews(indices, s[0]).Labelled(t[0], t[4]);
                ops.ContrastiveLoss(batch, new(0.2f, new SupervisedContrastive()), t[1], t[2], ContrastiveGradients.OfRows(t[3]));
            }) { Refuses = s => s[1] == 0 || s[0] == 0 };
        yield return new("ContrastiveSums", [new(5, Panel), new(6, Panel), new(7, Vector)],
            s =>
            [
                Rows("batch.Queries", s[0], s[2]), Rows("batch.Keys", s[1], s[2]) with { FreeAxes = [0] }, Operand.Indices("batch.PositiveKeys", Math.Max(1, s[1]), s[0]) with { Optional = true },
                (Out("state.Rows", s[0], ContrastiveState.Width) with { Type = ElementType.Int32 })
                    .Of(Axis("batch.Queries", 0, 0, Spread.Choice), Everything("batch.Keys", Spread.Choice)),
                Gradient("state.Products", s[0], s[2]).Of(Axis("batch.Queries", 0, 0), Everything("batch.Keys", Spread.Choice)),
            ],
            (ops, t, _) => ops.ContrastiveSums(new(t[0], t[1]) { PositiveKeys = t[2] }, new(0.2f), new(t[3], t[4]))) { Refuses = s => s[1] * s[2] == 0 };
        yield return new("ContrastiveFinish", [new(5, Panel)],
            s => [Operand.Indices("states", 1, 2 * s[0], ContrastiveState.Width), .. Results(s[0]), Out("factors", s[0], ContrastiveState.FactorWidth)],
            (ops, t, _) => ops.ContrastiveFinish(t[0], new(0.2f), t[1], t[2], t[3]));
        yield return new("ContrastiveWeights", [new(5, Panel), new(6, Panel), new(7, Vector)],
            s =>
            [
                Rows("batch.Queries", s[0], s[2]), Rows("batch.Keys", s[1], s[2]), Operand.Indices("batch.PositiveKeys", Math.Max(1, s[1]), s[0]) with { Optional = true },
                In("factors", s[0], ContrastiveState.FactorWidth),
                Gradient("gradients.Queries", s[0], s[2]).Of(Axis("batch.Queries", 0, 0), Everything("batch.Keys", Spread.Some), Axis("factors", 0, 0, Spread.Choice)),
                Gradient("gradients.Keys", s[1], s[2]).Of(Everything("batch.Queries", Spread.Some), Axis("batch.Keys", 0, 0), Everything("factors", Spread.Choice)),
            ],
            (ops, t, _) => ops.ContrastiveWeights(new(t[0], t[1]) { PositiveKeys = t[2] }, new(0.2f), t[3], new(t[4], t[5]))) { Refuses = s => s[1] * s[2] == 0 };
        yield return new("ContrastiveWeights, of products", [new(5, Panel), new(7, Vector)],
            s =>
            [
                Rows("batch.Queries", s[0], s[1]), Rows("batch.Keys", 3, s[1]) with { FreeAxes = [0] }, Rows("batch.Positives", s[0], s[1]),
                In("factors", s[0], ContrastiveState.FactorWidth), Operand.Indices("state.Rows", 1, s[0], ContrastiveState.Width), In("state.Products", s[0], s[1]),
                Gradient("gradients.Queries", s[0], s[1]).Of(
                    Axis("factors", 0, 0, Spread.Choice), Axis("state.Products", 0, 0, Spread.Some), Axis("batch.Positives", 0, 0, Spread.Some)),
                Gradient("gradients.Positives", s[0], s[1]).Of(Axis("batch.Queries", 0, 0, Spread.Some), Axis("factors", 0, 0, Spread.Choice)),
            ],
            (ops, t, _) => ops.ContrastiveWeights(new(t[0], t[1]) { Positives = t[2] }, new(0.2f), t[3], new(t[6], default, t[7]), new(t[4], t[5])))
            { Refuses = s => s[1] == 0 };
        yield return new("ContrastiveTemperatureGradient", [new(5, 8), new(7, Vector)],
            s => [Rows("batch.Queries", s[0], s[1]), Rows("batch.Keys", s[0], s[1]) with { FreeAxes = [0] }, Rows("gradients.Queries", s[0], s[1])],
            (ops, t, _) => ops.ContrastiveTemperatureGradient(new(t[0], t[1]) { Positives = t[0] }, new(0.2f), new(t[2]))) { Refuses = s => s[0] * s[1] == 0 };
        yield return new("ContrastiveBiasGradient", [new(5, 8)], s => [In("logSumExp", s[0]) with { FreeAxes = [0] }], (ops, t, _) => ops.ContrastiveBiasGradient(t[0]));
    }

    private static Operand Rows(string name, int rows, int columns) => In(name, rows, columns) with { Fill = Fill.UnitRows };

    private static Operand Gradient(string name, params int[] shape) => Out(name, shape) with { Optional = true };

    private static Operand[] Results(int queries, params Dependence[] from) => [Out("loss", queries).Of(from), Out("logSumExp", queries).Of(from)];

    private static Operand[] ViewsAndGradient(int[] s, Spread spread, Spread ofDenominator, int views = 2) =>
    [
        Rows("Queries", views * s[0], s[1]), Out("loss", views * s[0]).Of(Everything("Queries", spread)),
        Out("logSumExp", views * s[0]).Of(Everything("Queries", ofDenominator)), // A decoupled one lacks the positive.
        Gradient("Rows", views * s[0], s[1]).Of(Everything("Queries", spread)),
    ];

    private static IEnumerable<Operator> Steps()
    {
        Dimension[] count = [new(5, Vector, Chunk)];
        ParameterSegment[] Segments(int[] s) => [new(0, s[0] / 2, true), new(s[0] / 2, s[0] - (s[0] / 2), false)];
        yield return new("CountNonFinite", count, s => [In("x", s) with { FreeAxes = [0] }], (ops, t, s) => ops.CountNonFinite(t[0], Segments(s), new int[2]));
        yield return new("SgdStep", count,
            s =>
            [
                Changed("parameters", s).Of(Element("gradients"), Element("velocity"), Element("parameters")), In("gradients", s),
                Changed("velocity", s).Of(Element("gradients"), Element("velocity"), Element("parameters")),
            ],
            (ops, t, s) => ops.SgdStep(t[0], t[1], t[2], [new(0, s[0], true)], 0.1f, 0.9f, 1e-4f, nesterov: true));
        yield return new("LarcStep", count,
            s =>
            [
                Changed("parameters", s).Of(Everything("gradients", Spread.Some), Element("velocity"), Everything("parameters", Spread.Some)), In("gradients", s),
                Changed("velocity", s).Of(Everything("gradients", Spread.Some), Element("velocity"), Everything("parameters", Spread.Some)),
            ],
            (ops, t, s) => ops.LarcStep(t[0], t[1], t[2], Segments(s), 0.1f, 0.9f, 1e-4f));
        yield return new("AdamWStep", count,
            s =>
            [
                Changed("parameters", s).Of(Element("gradients"), Element("first"), Element("second"), Element("parameters")), In("gradients", s),
                Changed("first", s).Of(Element("gradients"), Element("first")), Changed("second", s).Of(Element("gradients"), Element("second")) with { Fill = Fill.Positive },
            ],
            (ops, t, s) => ops.AdamWStep(t[0], t[1], t[2], t[3], Segments(s), 3, 0.01f, 0.05f));
    }

    private static IEnumerable<Operator> Views()
    {
        const int Height = 9, Width = 8, PerImage = 3 * Height * Width;
        yield return new("AugmentViews", [new(3, 4), new(7, 8, Panel)],
            s => [In("pixels", 2 * PerImage) with { Type = ElementType.UInt8, FreeAxes = [0] }, Out("views", s[0], s[1], s[1] + 1, 3) with { FreeAxes = [1, 2] }],
            (ops, t, s) =>
            {
                ImagePlace[] images = [new(0, Height, Width), new(PerImage, Height, Width)];
                ViewRecipe[] recipes = [.. Enumerable.Range(0, s[0]).Select(i => new ViewRecipe
                {
                    Image = i % 2, CropTop = i % 3, CropLeft = i % 2, CropHeight = 5, CropWidth = 6, Flip = i & 1, Jitter = i & 1, JitterOrder = 0b11_10_01_00,
                    Brightness = 0.8f, Contrast = 1.2f, Saturation = 0.7f, Hue = 0.05f, Gray = i / 2 & 1, BlurSigma = i % 3,
                })];
                ops.AugmentViews(t[0], images, recipes, t[1], PixelRange.Of(1, [0.4, 0.5, 0.6], [0.2, 0.3, 0.4]));
            });
    }
}
