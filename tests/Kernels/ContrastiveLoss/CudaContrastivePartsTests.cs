using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using static NegSamples.Tests.Kernels.Cuda.Pairs.CudaPairRows;

namespace NegSamples.Tests.Kernels;

/// <summary>The kernels of a loss whose keys lie in parts leave what those of all keys at once do.</summary>
public class CudaContrastivePartsTests
{
    private const int Queries = 33;

    [Theory]
    [InlineData(Precision.Float32, 70, 9)]
    [InlineData(Precision.TensorFloat32, 130, 33)]
    [InlineData(Precision.BFloat16, 70, 130)]
    public void PartsAreTheWhole(Precision precision, int keys, int depth)
    {
        using CudaRig rig = new(precision);
        Tensor queries = rig.Of(Units(Queries, depth, 1), ElementType.Float32, Queries, depth), ofKeys = rig.Of(Units(keys, depth, 2), ElementType.Float32, keys, depth);
        ContrastiveBatch queue = new(queries, ofKeys) { Positives = rig.Of(Units(Queries, depth, 3), ElementType.Float32, Queries, depth) };
        ContrastiveBatch among = new(queries, ofKeys)
        {
            PositiveKeys = rig.Of([.. Enumerable.Range(0, Queries).Select(i => i * 7 % keys)], Queries), IgnoredKeys = rig.Of([.. Enumerable.Range(0, Queries).Select(i => (i % 3) - 1)], Queries),
        };
        ContrastiveBatch labelled = among with
        {
            QueryLabels = rig.Of([.. Enumerable.Range(0, Queries).Select(i => i % 7)], Queries), KeyLabels = rig.Of([.. Enumerable.Range(0, keys).Select(j => j * 5 % 7)], keys),
        };
        rig.Ops.BytesOfDrawnNegatives = 4; // as few queries at a time as there may be
        foreach ((ContrastiveBatch batch, RowLoss loss) in new (ContrastiveBatch, RowLoss)[]
        {
            (queue, new InfoNce()), (queue, new HardNegatives(0.1, 0.5)), (queue with { Sample = new(16, 7, 2) }, new InfoNce()),
            (among, new InfoNce()), (among with { Sample = new(keys / 2, 3, 9) }, new Decoupled()), (labelled, new Debiased(0.1)),
            (labelled with { PositiveKeys = default }, new SupervisedContrastive()), (among, new HalfSquare()),
        })
        {
            ContrastiveSettings settings = new(0.3f, loss);
            Tensor losses = rig.Unwritten(Queries), lse = rig.Unwritten(Queries), dq = rig.Unwritten(Queries, depth), dk = rig.Unwritten(keys, depth), dp = rig.Unwritten(Queries, depth);
            rig.Ops.ContrastiveLoss(batch, settings, losses, lse, new(dq, dk, batch.Positives.IsNone ? default : dp));
            foreach (bool products in settings.HasProducts ? new[] { false, true } : [false])
            {
                PartsRun found = PartsRun.Of(rig.Ops, batch, settings, [0, 45, keys], products);
                string what = $"{loss}, sample {batch.Sample.Negatives}, labels {!batch.KeyLabels.IsNone}, products {products}: ";
                Near(what + "loss", found.Loss, rig.Floats(losses), 2e-6 * Math.Max(1, Largest(rig.Floats(losses))));
                Near(what + "logarithm", found.LogSumExp, rig.Floats(lse), 2e-6 * Math.Max(1, Largest(rig.Floats(lse))));
                double rounding = (2e-6 + (4 * Rounding(precision))) * 4 / (Queries * 0.3);
                Near(what + "dq", found.Dq, rig.Floats(dq), rounding);
                Near(what + "dk", found.Dk, rig.Floats(dk), rounding);
                if (!batch.Positives.IsNone) Near(what + "dp", found.Dp, rig.Floats(dp), rounding);
            }
        }
    }

    private static void Near(string what, float[] found, float[] expected, double allowed)
    {
        double error = Rig.MaxError(found, [.. expected.Select(value => (double)value)]);
        Assert.True(error <= allowed, $"{what} is off by {error}, allowed {allowed}");
    }

    /// <summary>A loss that no kernel knows.</summary>
    private sealed record HalfSquare : RowLoss
    {
        public override RowResult Of(in RowSums row)
        {
            double logarithm = Math.Log(row.Sum) + row.Maximum;
            return new RowResult((0.5 * logarithm * logarithm) - row.Positive, logarithm, logarithm / row.Sum, -1);
        }
    }
}
