using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Every operation of <see cref="Ops"/>, one record each: what <see cref="OperatorTests"/> goes over.</summary>
internal static partial class OperatorTable
{
    // Floats of a vector register, columns of a panel, elements of a chunk.
    private const int Vector = 16, Panel = 32, Chunk = 16384;

    public static Operator[] All { get; } = [.. Moves(), .. Products(), .. Convolutions(), .. Normalizations(), .. Pools(), .. Bags(), .. Losses(), .. Steps(), .. Views()];

    public static Operator Of(string name) => All.Single(of => of.Name == name);

    private static Operand In(string name, params int[] shape) => Operand.In(name, shape);

    private static Operand Out(string name, params int[] shape) => Operand.Out(name, shape);

    private static Operand Changed(string name, params int[] shape) => Operand.Changed(name, shape);

    private static Dependence Element(string input) => Dependence.Element(input);

    private static Dependence Everything(string input, Spread spread = Spread.All) => Dependence.Everything(input, spread);

    /// <summary>The indices along an axis of the input and along one of the output are the same.</summary>
    private static Dependence Axis(string input, int inputAxis, int outputAxis, Spread spread = Spread.All) => new(input, inputAxis, outputAxis, spread);

    private static IEnumerable<Operator> Moves()
    {
        Dimension[] count = [new(5, Vector, Chunk)];
        yield return new("Upload", count, s => [Out("target", s[0])], (ops, t, s) => ops.Upload<float>(new float[s[0]], t[0]));
        yield return new("Download", count, s => [In("source", s[0])], (ops, t, s) => ops.Download<float>(t[0], new float[s[0]]));
        yield return new("Zero", count, s => [Out("x", s[0]) with { AnyType = true, FreeAxes = [0] }], (ops, t, _) => ops.Zero(t[0]));
        yield return new("Copy", count, s => [In("x", s[0]) with { AnyType = true }, Out("y", s[0]).Of(Element("x")) with { AnyType = true, MayBe = ["x"] }],
            (ops, t, _) => ops.Copy(t[0], t[1]));
        yield return new("Scale", count, s => [In("x", s[0]), Out("y", s[0]).Of(Element("x")) with { MayBe = ["x"] }], (ops, t, _) => ops.Scale(t[0], 0.3f, t[1]));
        yield return new("MovingAverage", count, s => [In("x", s[0]), Changed("average", s[0]).Of(Element("x"), Element("average")) with { MayBe = ["x"] }],
            (ops, t, _) => ops.MovingAverage(t[0], 0.3f, t[1]));
        yield return new("CopyToRing", [new(5, Vector), new(7, Vector)],
            s => [In("x", s[0], s[1]) with { FreeAxes = [0] }, Changed("ring", s[0] + 3, s[1]).Of(Axis("x", 1, 1, Spread.Some), Element("ring") with { Spread = Spread.Choice }) with { FreeAxes = [0] }],
            (ops, t, s) => ops.CopyToRing(t[0], t[1], s[0]));
    }

    private static IEnumerable<Operator> Products()
    {
        foreach ((bool left, bool right, bool add) in new[] { (false, false, false), (false, true, true), (true, false, true), (true, true, false) })
        {
            yield return new($"MatMul{(left ? ", left transposed" : "")}{(right ? ", right transposed" : "")}", [new(5, 8, Panel), new(7, Vector, 512), new(6, Panel)],
                s =>
                {
                    Dependence[] from = [Axis("a", left ? 1 : 0, 0), Axis("b", right ? 0 : 1, 1)];
                    return
                    [
                        left ? In("a", s[1], s[0]) : In("a", s[0], s[1]), right ? In("b", s[2], s[1]) : In("b", s[1], s[2]),
                        add ? Changed("c", s[0], s[2]).Of([.. from, Element("c")]) : Out("c", s[0], s[2]).Of(from),
                    ];
                },
                (ops, t, _) => ops.MatMul(t[0], t[1], t[2], left, right, add));
        }

        Dimension[] layer = [new(5, 8, Panel), new(7, Vector), new(6, Panel)];
        yield return new("LinearForward", layer,
            s =>
            [
                In("x", s[0], s[1]), In("w", s[2], s[1]), In("b", s[2]) with { Optional = true },
                Out("y", s[0], s[2]).Of(Axis("x", 0, 0), Axis("w", 0, 1), Axis("b", 0, 1)),
            ],
            (ops, t, _) => ops.LinearForward(t[0], t[1], t[2], t[3]));
        yield return new("LinearBackward", layer,
            s =>
            [
                In("dy", s[0], s[2]), In("x", s[0], s[1]), In("w", s[2], s[1]),
                Out("dx", s[0], s[1]).Of(Axis("dy", 0, 0), Axis("w", 1, 1)) with { Optional = true },
                Changed("dw", s[2], s[1]).Of(Axis("dy", 1, 0), Axis("x", 1, 1), Element("dw")),
                Changed("db", s[2]).Of(Axis("dy", 1, 0), Element("db")) with { Optional = true },
            ],
            (ops, t, _) => ops.LinearBackward(t[0], t[1], t[2], t[3], t[4], t[5]));
    }

    private static IEnumerable<Operator> Convolutions()
    {
        foreach ((int kernel, int stride, int padding) in new[] { (3, 1, 1), (3, 2, 1), (1, 2, 0) })
        {
            // A window of another size can have the same number of places where the stride skips some.
            int[] free = stride > 1 ? [1, 2] : [];
            string variant = $", {kernel}x{kernel}/{stride}";
            Dimension[] sizes = [new(2, 4), new(6, 8), new(3, Vector), new(5, Panel)];
            int Side(int[] s) => Ops.OutputLength(s[1], kernel, stride, padding);
            int[] Image(int[] s) => [s[0], s[1], s[1], s[2]];
            int[] Weight(int[] s) => [s[3], kernel, kernel, s[2]];
            int[] Map(int[] s) => [s[0], Side(s), Side(s), s[3]];
            bool Small(int[] s) => s[1] + (2 * padding) < kernel;
            yield return new("Conv2dForward" + variant, sizes,
                s =>
                [
                    In("x", Image(s)) with { FreeAxes = kernel == 1 ? [1, 2] : [] }, In("w", Weight(s)) with { FreeAxes = free },
                    Out("y", Map(s)).Of(Axis("x", 0, 0, kernel == 1 ? Spread.Choice : Spread.Some), Axis("w", 0, 3, Spread.Some)),
                ],
                (ops, t, _) => ops.Conv2dForward(t[0], t[1], t[2], stride, padding)) { Refuses = Small };
            foreach (bool add in new[] { false, true })
            {
                yield return new("Conv2dBackwardInput" + variant + (add ? ", added" : ""), sizes,
                    s =>
                    {
                        Dependence[] from = [Axis("dy", 0, 0, Spread.Some), Axis("w", 3, 3, Spread.Some)];
                        int[] ofImage = kernel == 1 ? [1, 2] : [];
                        return
                        [
                            In("dy", Map(s)), In("w", Weight(s)) with { FreeAxes = free },
                            add ? Changed("dx", Image(s)).Of([.. from, Element("dx")]) with { FreeAxes = ofImage } : Out("dx", Image(s)).Of(from) with { FreeAxes = ofImage },
                        ];
                    },
                    (ops, t, _) => ops.Conv2dBackwardInput(t[0], t[1], t[2], stride, padding, add)) { Refuses = Small };
            }

            yield return new("Conv2dBackwardWeight" + variant, sizes,
                s =>
                [
                    In("x", Image(s)) with { FreeAxes = kernel == 1 ? [1, 2] : [] }, In("dy", Map(s)),
                    Changed("dw", Weight(s)).Of(Axis("x", 3, 3, kernel == 1 ? Spread.Choice : Spread.Some), Axis("dy", 3, 0, Spread.Some), Element("dw")) with { FreeAxes = free },
                ],
                (ops, t, _) => ops.Conv2dBackwardWeight(t[0], t[1], t[2], stride, padding)) { Refuses = Small };
        }
    }

    private static IEnumerable<Operator> Normalizations()
    {
        Dimension[] sizes = [new(6, Chunk / 5), new(5, Vector)];
        foreach (bool relu in new[] { false, true })
        {
            string variant = relu ? ", ReLU" : "";
            yield return new("BatchNormForward" + variant, sizes,
                s =>
                [
                    In("x", s), In("gamma", s[1]), In("beta", s[1]), Changed("runningMean", s[1]).Of(Axis("x", 1, 0), Element("runningMean")),
                    Changed("runningVariance", s[1]).Of(Axis("x", 1, 0), Element("runningVariance")) with { Fill = Fill.Positive },
                    Out("mean", s[1]).Of(Axis("x", 1, 0)), Out("inverseDeviation", s[1]).Of(Axis("x", 1, 0)), In("residual", s) with { Optional = true },
                    Out("y", s).Of(Axis("x", 1, 1), Axis("gamma", 0, 1), Axis("beta", 0, 1), Element("residual")) with { MayBe = ["x", "residual"] },
                ],
                (ops, t, _) => ops.BatchNormForward(t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], relu, t[8])) { Refuses = s => s[1] > 0 && s[0] < 2 };
            yield return new("BatchNormInference" + variant, sizes,
                s =>
                [
                    In("x", s), In("gamma", s[1]), In("beta", s[1]), In("runningMean", s[1]), In("runningVariance", s[1]) with { Fill = Fill.Positive },
                    In("residual", s) with { Optional = true },
                    Out("y", s).Of(Element("x"), Axis("gamma", 0, 1), Axis("beta", 0, 1), Axis("runningMean", 0, 1), Axis("runningVariance", 0, 1), Element("residual"))
                        with { MayBe = ["x"] },
                ],
                (ops, t, _) => ops.BatchNormInference(t[0], t[1], t[2], t[3], t[4], t[5], relu, t[6]));
            yield return new("BatchNormBackward" + variant, sizes,
                s =>
                [
                    In("dy", s), In("x", s), In("y", s) with { Optional = !relu }, In("gamma", s[1]), In("mean", s[1]), In("inverseDeviation", s[1]) with { Fill = Fill.Positive },
                    Changed("dgamma", s[1]).Of(Passed("dy", 0), Axis("x", 1, 0, relu ? Spread.Choice : Spread.All), Axis("y", 1, 0, Spread.Choice), Axis("mean", 0, 0), Axis("inverseDeviation", 0, 0), Element("dgamma")),
                    Changed("dbeta", s[1]).Of(Passed("dy", 0), Axis("y", 1, 0, Spread.Choice), Element("dbeta")),
                    Out("dx", s).Of(Passed("dy", 1), Axis("x", 1, 1, relu ? Spread.Choice : Spread.All), Axis("y", 1, 1, Spread.Choice), Axis("gamma", 0, 1), Axis("mean", 0, 1), Axis("inverseDeviation", 0, 1))
                        with { MayBe = ["dy"] },
                    Out("dresidual", s).Of(relu ? Axis("dy", 1, 1, Spread.Choice) : Element("dy"), Axis("y", 1, 1, Spread.Choice)) with { Optional = true, MayBe = ["dy"] },
                ],
                (ops, t, _) => ops.BatchNormBackward(t[0], t[1], t[2], t[3], t[4], t[5], relu, t[6], t[7], t[8], t[9]));

            // Where ReLU let nothing pass, a NaN in dy does not pass either.
            Dependence Passed(string input, int outputAxis) => Axis(input, 1, outputAxis, relu ? Spread.Choice : Spread.All);
        }

        yield return new("L2NormalizeForward", [new(5, 8), new(7, Vector)],
            s => [In("x", s), Out("y", s).Of(Axis("x", 0, 0)) with { MayBe = ["x"] }, Out("scale", s[0], 1).Of(Axis("x", 0, 0))],
            (ops, t, _) => ops.L2NormalizeForward(t[0], t[1], t[2])) { Refuses = s => s[1] == 0 };
        yield return new("L2NormalizeBackward", [new(5, 8), new(7, Vector)],
            s =>
            [
                In("dy", s), In("y", s) with { Fill = Fill.UnitRows }, In("scale", s[0], 1) with { Fill = Fill.Positive },
                Out("dx", s).Of(Axis("dy", 0, 0), Axis("y", 0, 0), Axis("scale", 0, 0)) with { MayBe = ["dy"] },
            ],
            (ops, t, _) => ops.L2NormalizeBackward(t[0], t[1], t[2], t[3])) { Refuses = s => s[1] == 0 };
    }

    private static IEnumerable<Operator> Bags()
    {
        // Bags, their places, words, columns. A word that no bag holds reaches nothing.
        Dimension[] sizes = [new(5, Panel), new(6), new(7), new(9, Vector, 32)];
        Operand Ids(int[] s) => Operand.Indices("ids", Math.Max(1, s[2]), s[0], s[1]) with { FreeAxes = [1] };
        yield return new("EmbeddingBagForward", sizes,
            s => [Ids(s), In("w", s[2], s[3]) with { FreeAxes = [0] }, Out("y", s[0], s[3]).Of(Axis("w", 1, 1, Spread.Choice))],
            (ops, t, _) => ops.EmbeddingBagForward(t[0], t[1], t[2]));
        yield return new("EmbeddingBagBackward", sizes,
            s =>
            [
                In("dy", s[0], s[3]), Ids(s),
                Changed("dw", s[2], s[3]).Of(Axis("dy", 1, 1, Spread.Choice), Element("dw")) with { FreeAxes = [0] },
            ],
            (ops, t, _) => ops.EmbeddingBagBackward(t[0], t[1], t[2]));
    }

    private static IEnumerable<Operator> Pools()
    {
        const int Kernel = 3, Stride = 2, Padding = 1;
        Dimension[] sizes = [new(2, 4), new(6, 8), new(5, Vector)];
        int[] Image(int[] s) => [s[0], s[1], s[1], s[2]];
        int[] Map(int[] s) => [s[0], Ops.OutputLength(s[1], Kernel, Stride, Padding), Ops.OutputLength(s[1], Kernel, Stride, Padding), s[2]];
        bool NoPixels(int[] s) => s[1] == 0;

        // The middle of the output's window.
        int Winner(int[] s, int output) => (Stride * (output / s[2] / Map(s)[2] % Map(s)[1]) * s[1]) + (Stride * (output / s[2] % Map(s)[2]));
        yield return new("MaxPoolForward", sizes,
            s =>
            [
                In("x", Image(s)), Out("y", Map(s)).Of(Axis("x", 0, 0, Spread.Some)),
                Out("winner", Map(s)).Of(Axis("x", 0, 0, Spread.Choice)) with { Type = ElementType.Int32 },
            ],
            (ops, t, _) => ops.MaxPoolForward(t[0], t[1], t[2], Kernel, Stride, Padding)) { Refuses = NoPixels };
        yield return new("MaxPoolBackward", sizes,
            s =>
            [
                In("dy", Map(s)), Operand.Indices("winner", s[1] * s[1], Map(s)) with { IntegerAt = output => Winner(s, output) },
                Out("dx", Image(s)).Of(Axis("dy", 0, 0, Spread.Some)),
            ],
            (ops, t, _) => ops.MaxPoolBackward(t[0], t[1], t[2], Kernel, Stride, Padding)) { Refuses = NoPixels };
        yield return new("GlobalAveragePoolForward", sizes,
            s => [In("x", Image(s)) with { FreeAxes = [1, 2] }, Out("y", s[0], s[2]).Of(Axis("x", 0, 0, Spread.Some))],
            (ops, t, _) => ops.GlobalAveragePoolForward(t[0], t[1])) { Refuses = NoPixels };
        yield return new("GlobalAveragePoolBackward", sizes,
            s => [In("dy", s[0], s[2]), Out("dx", Image(s)).Of(Axis("dy", 0, 0, Spread.Some)) with { FreeAxes = [1, 2] }],
            (ops, t, _) => ops.GlobalAveragePoolBackward(t[0], t[1]));
    }
}
