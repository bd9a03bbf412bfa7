using System.Numerics.Tensors;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override unsafe void ContrastiveLossCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, ContrastiveGradients gradients)
    {
        int rows = batch.Queries[0], keys = batch.Keys[0], depth = batch.Queries[1];
        double t = settings.Temperature, alpha = settings.Loss.Exponent, beta = settings.Loss.Tilt;
        Span<int> positiveKeys = batch.PositiveKeys.IsNone ? [] : batch.PositiveKeys.Ints, ignored = batch.IgnoredKeys.IsNone ? [] : batch.IgnoredKeys.Ints;
        Span<int> rowLabels = batch.QueryLabels.IsNone ? [] : batch.QueryLabels.Ints, keyLabels = batch.KeyLabels.IsNone ? [] : batch.KeyLabels.Ints;
        if (!gradients.Queries.IsNone) Zero(gradients.Queries);
        if (!gradients.Keys.IsNone) Zero(gradients.Keys);
        float[] logits = new float[keys];
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> q = batch.Queries.Row(i);
            int target = positiveKeys.IsEmpty ? -1 : positiveKeys[i], skip = ignored.IsEmpty ? -1 : ignored[i];
            double maximum = double.NegativeInfinity, sum = 0, tilted = 0, equalSum = 0, positive = 0;
            int negatives = 0, equals = 0;
            for (int j = 0; j < keys; j++) logits[j] = TensorPrimitives.Dot(q, batch.Keys.Row(j));
            for (int pass = 0; pass < 2; pass++)
            {
                for (int j = 0; j < keys; j++)
                {
                    bool equal = !keyLabels.IsEmpty && rowLabels[i] == keyLabels[j];
                    double s = logits[j] / t;
                    if (j == target) positive = s;
                    if (j == skip) continue;
                    if (pass == 0 && equal && settings.Loss.EqualLabelsArePositives) (equalSum, equals) = (equalSum + s, equals + 1);
                    if (j == target || (equal && !settings.Loss.EqualLabelsArePositives)) continue;
                    if (pass == 0) (maximum, negatives) = (double.IsNaN(s) ? s : Math.Max(maximum, s), negatives + 1);
                    else (sum, tilted) = (sum + Math.Exp(alpha * (s - maximum)), tilted + (beta == 0 ? 0 : Math.Exp((1 + beta) * (s - maximum))));
                }
            }

            if (!batch.Positives.IsNone) positive = TensorPrimitives.Dot(q, batch.Positives.Row(i)) / t;
            if (negatives == 0) maximum = positive;
            RowResult row = settings.Loss.Of(new RowSums(t, positive, maximum, sum, tilted, negatives, equalSum, equals));
            (loss.Floats[i], logSumExp.Floats[i]) = ((float)row.Loss, (float)row.LogSumExp);
            for (int j = 0; j < keys; j++)
            {
                bool equal = !keyLabels.IsEmpty && rowLabels[i] == keyLabels[j];
                double s = (logits[j] / t) - maximum, weight = 0;
                if (j == skip && j != target) continue;
                if (j != target && (!equal || settings.Loss.EqualLabelsArePositives)) weight = (row.BySum * alpha * Math.Exp(alpha * s)) + (row.ByTiltedSum * (1 + beta) * Math.Exp((1 + beta) * s));
                if (equal && settings.Loss.EqualLabelsArePositives) weight += row.ByEqualLabel;
                float share = (float)(weight / (rows * t));
                if (!gradients.Queries.IsNone) TensorPrimitives.MultiplyAdd(batch.Keys.Row(j), share, gradients.Queries.Row(i), gradients.Queries.Row(i));
                if (!gradients.Keys.IsNone) TensorPrimitives.MultiplyAdd(q, share, gradients.Keys.Row(j), gradients.Keys.Row(j));
            }

            // The positive's weight is near 1 and comes last: added first, it would take the digits of all the small ones.
            if (batch.Positives.IsNone && target < 0) continue;
            float ofPositive = (float)(row.ByPositive / (rows * t));
            ReadOnlySpan<float> positiveRow = target < 0 ? batch.Positives.Row(i) : batch.Keys.Row(target);
            if (!gradients.Queries.IsNone) TensorPrimitives.MultiplyAdd(positiveRow, ofPositive, gradients.Queries.Row(i), gradients.Queries.Row(i));
            if (target >= 0 && !gradients.Keys.IsNone) TensorPrimitives.MultiplyAdd(q, ofPositive, gradients.Keys.Row(target), gradients.Keys.Row(target));
            if (!gradients.Positives.IsNone) TensorPrimitives.Multiply(q, ofPositive, gradients.Positives.Row(i));
        }
    }
}
