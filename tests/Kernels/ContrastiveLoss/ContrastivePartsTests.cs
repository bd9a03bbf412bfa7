using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The three steps of <see cref="Ops.ContrastiveLoss"/> over keys that lie in parts.</summary>
public class ContrastivePartsTests
{
    private const double UnitRounding = 1.0 / (1 << 23); // the spacing of floats at 1

    // Where the keys are cut: nowhere, in the midst of panels, and with a part of one key at either end.
    private static readonly Func<int, int[]>[] Cuts = [keys => [0, keys], keys => [0, (keys * 3 / 7) + 1, keys], keys => [0, 1, keys / 2, keys - 1, keys]];

    public static TheoryData<int, float> Cases
    {
        get
        {
            TheoryData<int, float> cases = [];
            for (int member = 0; member < RowLossTests.Family.Length; member++)
            foreach (float temperature in new[] { 1e-3f, 0.07f, 1 })
                cases.Add(member, temperature);
            return cases;
        }
    }

    /// <summary>Positives that are rows, keys or of one label; ignored keys; drawn negatives: the same numbers as from all keys at once.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void PartsErrNoMoreThanFloatsMust(int member, float temperature)
    {
        RowLoss loss = RowLossTests.Family[member];
        ContrastiveSettings settings = new(temperature, loss);
        foreach ((int rows, int keys, int depth) in new[] { (5, 4, 33), (34, 33, 128), (37, 150, 17) })
        {
            using Rig rig = new(8L * (rows + keys) * (depth + 24));
            Tensor queries = LossFamilyTests.Units(rig, rows, depth), ofKeys = LossFamilyTests.Units(rig, keys, depth);
            if (loss is SupervisedContrastive)
            {
                Tensor labels = Ints(rig, rows, i => i % 3), ofLabels = Ints(rig, keys, j => j * 2 % 3);
                Pairing labelled = Pairing.Queue(rows, keys) with
                {
                    SameLabel = (i, j) => labels.Ints[i] == ofLabels.Ints[j] && j != i % keys, Counts = (i, j) => j != i % keys,
                };
                Check(rig, new(queries, ofKeys) { QueryLabels = labels, KeyLabels = ofLabels, IgnoredKeys = Ints(rig, rows, i => i % keys) }, settings, labelled);
                continue;
            }

            ContrastiveBatch queue = new(queries, ofKeys) { Positives = LossFamilyTests.Units(rig, rows, depth) };
            foreach (int negatives in new[] { 0, 1, keys / 3, keys - 1 }.Distinct())
            {
                NegativeSample sample = new(negatives, 7, 2);
                Check(rig, queue with { Sample = sample }, settings, Pairing.Queue(rows, keys).Drawn(sample));
            }

            int PositiveOf(int i) => ((i * 5) + 2) % keys;
            int IgnoredOf(int i) => (i % 2 == 0 ? i : PositiveOf(i)) % keys; // a positive counts though it is ignored
            ContrastiveBatch among = new(queries, ofKeys) { PositiveKeys = Ints(rig, rows, PositiveOf), IgnoredKeys = Ints(rig, rows, IgnoredOf) };
            Pairing pairing = new(rows, keys, PositiveOf, (i, j) => j != PositiveOf(i) && j != IgnoredOf(i), (_, _) => false);
            Check(rig, among, settings, pairing);
            NegativeSample few = new(2, 3, 9);
            Check(rig, among with { Sample = few }, settings, pairing.Drawn(few));
            Tensor own = Ints(rig, rows, i => i % 4), others = Ints(rig, keys, j => j % 4);
            Check(rig, among with { QueryLabels = own, KeyLabels = others }, settings,
                pairing with { Counts = (i, j) => pairing.Counts(i, j) && own.Ints[i] != others.Ints[j] });
        }
    }

    /// <summary>One part is all keys, and its steps are those of the whole: the same bits.</summary>
    [Fact]
    public void OnePartHasTheBitsOfTheWhole()
    {
        foreach (RowLoss loss in RowLossTests.Family)
        {
            const int rows = 70, keys = 513, depth = 33;
            using Rig rig = new(40L * (rows + keys) * (depth + 24));
            ContrastiveBatch batch = new(LossFamilyTests.Units(rig, rows, depth), LossFamilyTests.Units(rig, keys, depth));
            batch = loss is SupervisedContrastive
                ? batch with { QueryLabels = Ints(rig, rows, i => i % 5), KeyLabels = Ints(rig, keys, j => j % 5) } : batch with { PositiveKeys = Ints(rig, rows, i => 7 * i) };
            ContrastiveSettings settings = new(0.1f, loss) { SpillBytes = 0 };
            PartsRun parts = PartsRun.Of(rig.Ops, batch, settings, [0, keys], products: false);
            Tensor lossOfAll = rig.Take(rows), logarithm = rig.Take(rows), dk = rig.Take(keys, depth), dq = rig.Take(rows, depth);
            rig.Ops.ContrastiveLoss(batch, settings, lossOfAll, logarithm, new(settings.HasProducts ? default : dq, dk));
            Assert.Equal(lossOfAll.Floats.ToArray(), parts.Loss);
            Assert.Equal(logarithm.Floats.ToArray(), parts.LogSumExp);
            Assert.Equal(dk.Floats.ToArray(), parts.Dk);
            if (!settings.HasProducts) Assert.Equal(dq.Floats.ToArray(), parts.Dq);
        }
    }

    [Fact]
    public void WhatDoesNotFitAPartIsNamed()
    {
        using Rig rig = new(4000);
        Tensor z = LossFamilyTests.Units(rig, 4, 7), labels = Ints(rig, 4, i => i);
        ContrastiveState state = new(rig.Arena.Take(ElementType.Int32, 4, ContrastiveState.Width), rig.Take(4, 7));
        ContrastiveBatch batch = new(z, z) { Part = new(3, 7) };
        rig.Ops.ContrastiveSums(batch, new(1), state);
        Assert.Contains("expected a place where they lie among all", Refusal(batch with { Part = new(4, 7) }, new InfoNce()), StringComparison.Ordinal);
        Assert.Contains("Part", Refusal(batch with { Part = new(1, 0) }, new InfoNce()), StringComparison.Ordinal);
        Assert.Contains("PositiveKeys[0] is 7; expected 0 to 6", Refusal(batch with { PositiveKeys = Ints(rig, 4, _ => 7) }, new InfoNce()), StringComparison.Ordinal);
        Assert.Contains("expected no Products", Refusal(batch, new HardNegatives(0.1, 1)), StringComparison.Ordinal);
        Assert.Contains("expected no sample", Refusal(batch with { QueryLabels = labels, KeyLabels = labels, Sample = new(1) }, new InfoNce()), StringComparison.Ordinal);
        Assert.Contains("parts have steps of their own",
            Assert.Throws<ArgumentException>(() => rig.Ops.ContrastiveLoss(batch with { Positives = z }, new(1), rig.Take(4), rig.Take(4))).Message, StringComparison.Ordinal);

        string Refusal(ContrastiveBatch wrong, RowLoss loss) => Assert.ThrowsAny<ArgumentException>(() => rig.Ops.ContrastiveSums(wrong, new(1, loss), state)).Message;
    }

    private static void Check(Rig rig, ContrastiveBatch batch, ContrastiveSettings settings, Pairing pairing)
    {
        Span<float> positives = batch.Positives.IsNone ? default : batch.Positives.Floats;
        ContrastiveReference truth = ContrastiveReference.Of(settings, pairing, batch.Queries.Floats, batch.Keys.Floats, positives);
        List<ContrastiveReference<double>> moved = [];
        for (int seed = 1; seed < 4; seed++) moved.Add(ContrastiveReference.Moved(settings, pairing, batch.Queries.Floats, batch.Keys.Floats, positives, seed));
        double ofLogarithms = 1e-15 * (1 + (1 / settings.Temperature));
        foreach (int[] cuts in Cuts.Select(cut => cut(batch.Keys[0])))
        foreach ((bool products, bool keys) in settings.HasProducts ? new[] { (false, true), (true, false) } : [(false, true), (false, false)])
        {
            PartsRun found = PartsRun.Of(rig.Ops, batch, settings, cuts, products, keys);
            double ofWeights = (UnitRounding * truth.LargestWeights * cuts.Length) + ofLogarithms; // the parts of dq are added in float
            LossFamilyTests.Near("loss", found.Loss, truth.NaiveLoss, truth.Loss, moved.Select(one => one.Loss), ofLogarithms + (UnitRounding * Largest(truth.Loss)));
            LossFamilyTests.Near(
                "logarithm", found.LogSumExp, truth.NaiveLogSumExp, truth.LogSumExp, moved.Select(one => one.LogSumExp), ofLogarithms + (UnitRounding * Largest(truth.LogSumExp)));
            LossFamilyTests.Near("dq", found.Dq, truth.NaiveDq, truth.Dq, moved.Select(one => one.Dq), ofWeights);
            if (keys) LossFamilyTests.Near("dk", found.Dk, truth.NaiveDk, truth.Dk, moved.Select(one => one.Dk), ofWeights);
            if (!batch.Positives.IsNone) LossFamilyTests.Near("dp", found.Dp, truth.NaiveDp, truth.Dp, moved.Select(one => one.Dp), ofWeights);
        }
    }

    private static double Largest(double[] values) => values.Max(Math.Abs);

    private static Tensor Ints(Rig rig, int count, Func<int, int> value)
    {
        Tensor tensor = rig.Arena.Take(ElementType.Int32, count);
        for (int i = 0; i < count; i++) tensor.Ints[i] = value(i);
        return tensor;
    }
}
