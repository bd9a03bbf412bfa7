using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>What the three steps over parts of the keys have left.</summary>
internal sealed record PartsRun(float[] Loss, float[] LogSumExp, float[] Dq, float[] Dk, float[] Dp)
{
    /// <summary>The parts' sums, the loss, and the parts' weights. Positives that are rows go with the last part.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="batch">All keys.</param>
    /// <param name="settings">The loss.</param>
    /// <param name="cuts">Where the parts begin, and the end.</param>
    /// <param name="products">Whether dq is made of products.</param>
    /// <param name="ofKeys">Whether dk is asked for.</param>
    public static PartsRun Of(Ops ops, ContrastiveBatch batch, ContrastiveSettings settings, int[] cuts, bool products, bool ofKeys = true)
    {
        int rows = batch.Queries[0], keys = batch.Keys[0], depth = batch.Queries[1], parts = cuts.Length - 1;
        using Arena arena = ops.CreateArena("parts", 65536 + (4L * ((((parts + 3) * rows) + keys) * (depth + 24L))) + (1024L * parts));
        Tensor states = arena.Take(ElementType.Int32, parts * rows, ContrastiveState.Width), factors = arena.Take(rows, ContrastiveState.FactorWidth),
            loss = arena.Take(rows), logSumExp = arena.Take(rows), dq = arena.Take(rows, depth), dk = arena.Take(keys, depth), dp = arena.Take(rows, depth);
        Tensor[] ofParts = [.. Enumerable.Range(0, parts).Select(_ => products ? arena.Take(rows, depth) : default)];
        float[] nothing = [.. Enumerable.Repeat(float.NaN, Math.Max(rows, keys) * depth)], sum = new float[rows * depth];
        foreach (Tensor tensor in new[] { loss, logSumExp, dk, dp }) ops.Upload<float>(nothing.AsSpan(0, (int)tensor.Count), tensor);
        for (int part = 0; part < parts; part++) ops.ContrastiveSums(Part(part), settings, State(part));
        ops.ContrastiveFinish(states, settings, loss, logSumExp, factors);
        for (int part = 0; part < parts; part++)
        {
            ops.Upload<float>(nothing.AsSpan(0, sum.Length), dq);
            Tensor slopes = ofKeys ? dk.Slice(cuts[part], cuts[part + 1] - cuts[part]) : default, ofPositives = part == parts - 1 && !batch.Positives.IsNone ? dp : default;
            ops.ContrastiveWeights(Part(part), settings, factors, new(dq, slopes, ofPositives), products ? State(part) : default);
            float[] ofPart = Floats(dq);
            for (int i = 0; i < sum.Length; i++) sum[i] += ofPart[i];
        }

        return new(Floats(loss), Floats(logSumExp), sum, Floats(dk), Floats(dp));

        ContrastiveState State(int part) => new(states.Slice(part * rows, rows), ofParts[part]);

        ContrastiveBatch Part(int part) => batch with
        {
            Keys = batch.Keys.Slice(cuts[part], cuts[part + 1] - cuts[part]), Part = new(cuts[part], keys),
            KeyLabels = batch.KeyLabels.IsNone ? default : batch.KeyLabels.Slice(cuts[part], cuts[part + 1] - cuts[part]),
            Positives = part == parts - 1 ? batch.Positives : default,
        };

        float[] Floats(Tensor tensor)
        {
            float[] values = new float[tensor.Count];
            ops.Download<float>(tensor, values);
            return values;
        }
    }
}
