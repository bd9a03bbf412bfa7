using NegSamples.Kernels;
using NegSamples.Similarity;
using NegSamples.Tests.Kernels;

namespace NegSamples.Tests.Bench.Similarity;

public class SimilarityLossTests
{
    private const float Temperature = 0.1f;

    public static TheoryData<SimilarityForm, SimilarityMethod, int, int, int> Shapes()
    {
        TheoryData<SimilarityForm, SimilarityMethod, int, int, int> data = [];
        foreach (SimilarityMethod method in Enum.GetValues<SimilarityMethod>())
        {
            // Fewer keys than queries, so that queries share a positive; more than one tile of the check; one key; no multiple of a vector.
            foreach ((int rows, int keys, int depth) in new[] { (5, 3, 7), (19, 700, 33), (4, 1, 16), (1, 40, 16) })
            {
                data.Add(SimilarityForm.Generic, method, rows, keys, depth);
                data.Add(SimilarityForm.Queue, method, rows, keys, depth);
                if (method == SimilarityMethod.Streaming) data.Add(SimilarityForm.Sigmoid, method, rows, keys, depth);
            }

            foreach ((int rows, int depth) in new[] { (2, 5), (6, 33), (600, 16) }) data.Add(SimilarityForm.NtXent, method, rows, rows, depth);
            if (method == SimilarityMethod.Streaming) foreach ((int rows, int depth) in new[] { (1, 5), (33, 7), (300, 16) }) data.Add(SimilarityForm.TwoTower, method, rows, rows, depth);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void BothMethodsAreTheLossAndItsGradients(SimilarityForm form, SimilarityMethod method, int rows, int keys, int depth)
    {
        using CpuOps ops = new(2);
        using SimilarityTensors tensors = Make(ops, form, rows, keys, depth);
        using SimilarityLoss loss = SimilarityLoss.Create(method, tensors);
        loss.Forward();
        float[] forward = tensors.Loss.Floats.ToArray();
        loss.ForwardBackward();
        ContrastiveReference truth = Truth(tensors);
        (double[] gradient, double[] naive) = (truth.Dq, Widen(truth.NaiveDq));
        if (tensors.Shape.IsOfRows) (gradient, naive) = (Sum(truth.Dq, truth.Dk), Sum(Widen(truth.NaiveDq), Widen(truth.NaiveDk)));
        IsNear(forward, truth.Loss, Widen(truth.NaiveLoss), 1);
        IsNear(tensors.Loss.Floats, truth.Loss, Widen(truth.NaiveLoss), 1);
        double scale = 1 / (tensors.Shape.LossRows * (double)Temperature);
        IsNear(tensors.QueryGradient.Floats, gradient, naive, scale);
        if (tensors.Shape.HasKeyGradient) IsNear(tensors.KeyGradient.Floats, truth.Dk, Widen(truth.NaiveDk), scale);
        else Assert.True(tensors.KeyGradient.IsNone);
    }

    [Theory]
    [InlineData(SimilarityForm.Generic, 40, 600)]
    [InlineData(SimilarityForm.Generic, 40, 9)]
    [InlineData(SimilarityForm.Queue, 7, 600)]
    [InlineData(SimilarityForm.NtXent, 40, 40)]
    [InlineData(SimilarityForm.TwoTower, 20, 20)]
    [InlineData(SimilarityForm.Sigmoid, 40, 600)]
    [InlineData(SimilarityForm.Sigmoid, 40, 9)]
    public void TheCheckFindsTheErrorsThatAreThere(SimilarityForm form, int rows, int keys)
    {
        const int depth = 12;
        using CpuOps ops = new(2);
        using SimilarityTensors tensors = Make(ops, form, rows, keys, depth);
        using SimilarityLoss loss = SimilarityLoss.Create(tensors.Shape.Form is SimilarityForm.TwoTower or SimilarityForm.Sigmoid ? SimilarityMethod.Streaming : SimilarityMethod.Materialised, tensors);
        loss.ForwardBackward();
        rows = tensors.Shape.LossRows;
        ContrastiveReference truth = Truth(tensors);
        double[] gradient = tensors.Shape.IsOfRows ? Sum(truth.Dq, truth.Dk) : truth.Dq;
        int last = (rows - 1) * depth;
        SimilarityError sound = SimilarityTruth.Compare(tensors, default);
        Assert.InRange(sound.Loss, 0, 1e-5);
        Assert.InRange(sound.QueryGradient, 0, 1e-5);
        Assert.Equal(form == SimilarityForm.Queue ? ColumnTruth.None : ColumnTruth.Exact, sound.ColumnTruth);
        Assert.Equal((Math.Min(16, rows), tensors.Shape.HasKeyGradient ? Math.Min(16, keys) : 0), (sound.Queries, sound.Keys));

        // The first and the last row are always among the samples.
        tensors.Loss.Floats[rows - 1] += 0.25f;
        tensors.QueryGradient.Floats[last] += 0.5f;
        if (tensors.Shape.HasKeyGradient) tensors.KeyGradient.Floats[0] -= 0.125f;
        SimilarityError broken = SimilarityTruth.Compare(tensors, default);
        Assert.Equal(0.25, broken.Loss, 1e-4);
        double largest = new[] { 0 }.Concat(Samples(rows)).SelectMany(row => gradient.Skip(row * depth).Take(depth)).Max(Math.Abs);
        Assert.Equal(0.5 / largest, broken.QueryGradient, 1e-4);
        Assert.Equal(tensors.Shape.HasKeyGradient, broken.KeyGradient > 0.1);
        tensors.Loss.Floats[0] = float.NaN;
        Assert.True(double.IsNaN(SimilarityTruth.Compare(tensors, default).Loss));
    }

    [Theory]
    [InlineData(SimilarityForm.Generic)]
    [InlineData(SimilarityForm.NtXent)]
    [InlineData(SimilarityForm.TwoTower)]
    public void WhereNotAllQueriesCanBeSummedTheKeysStandOnTheMeasuredLosses(SimilarityForm form)
    {
        using CpuOps ops = new(2);
        using SimilarityTensors tensors = Make(ops, form, 60, 60, 12);
        using SimilarityLoss loss = SimilarityLoss.Create(SimilarityMethod.Streaming, tensors);
        loss.ForwardBackward();
        SimilarityError error = SimilarityTruth.Compare(tensors, default, mostMultiplyAdds: 0);
        Assert.Equal(ColumnTruth.MeasuredLoss, error.ColumnTruth);
        Assert.InRange(error.KeyGradient ?? error.QueryGradient, 0, 1e-5);

        // Row 1 is no sample: its loss is believed, and a wrong one shows in the keys' gradient.
        tensors.Loss.Floats[1] += 1;
        error = SimilarityTruth.Compare(tensors, default, mostMultiplyAdds: 0);
        Assert.InRange(error.Loss, 0, 1e-5);
        Assert.True((error.KeyGradient ?? error.QueryGradient) > 1e-4);
    }

    [Fact]
    public void RowsAreUnitRowsOfTheSeedAlone()
    {
        using CpuOps ops = new(2);
        using SimilarityTensors one = Make(ops, SimilarityForm.Generic, 30, 50, 24, threads: 1), two = Make(ops, SimilarityForm.Generic, 30, 50, 24, threads: 2);
        Assert.Equal(one.Batch.Queries.Floats.ToArray(), two.Batch.Queries.Floats.ToArray());
        Assert.Equal(one.Batch.Keys.Floats.ToArray(), two.Batch.Keys.Floats.ToArray());
        for (int j = 0; j < 50; j++) Assert.Equal(1, Dot(one.Batch.Keys.Row(j), one.Batch.Keys.Row(j)), 1e-6);
        for (int i = 0; i < 30; i++) Assert.InRange(Dot(one.Batch.Queries.Row(i), one.Batch.Keys.Row(i)), 0.7, 1);
        Assert.InRange(Dot(one.Batch.Queries.Row(0), one.Batch.Queries.Row(1)), -0.7, 0.7);
    }

    private static SimilarityTensors Make(Ops ops, SimilarityForm form, int rows, int keys, int depth, int threads = 2)
    {
        SimilaritySettings settings = new() { Form = form, Rows = rows, Keys = [keys], Dimension = depth, Temperature = Temperature, Threads = threads };
        settings.Validate();
        return new(ops, settings.Shape(keys), settings, default);
    }

    private static ContrastiveReference Truth(SimilarityTensors tensors)
    {
        ContrastiveBatch batch = tensors.Batch;
        int[] targets = batch.PositiveKeys.IsNone ? [] : batch.PositiveKeys.Ints.ToArray(), ignored = batch.IgnoredKeys.IsNone ? [] : batch.IgnoredKeys.Ints.ToArray();
        int tower = tensors.Shape.Rows;
        bool isAcross = tensors.Shape.Form == SimilarityForm.TwoTower;
        bool IsNegative(int i, int j) => !(isAcross && i < tower == j < tower) && !(targets.Length > 0 && targets[i] == j) && !(ignored.Length > 0 && ignored[i] == j);
        Pairing pairing = new(batch.Queries.Rows, batch.Keys.Rows, i => targets.Length > 0 ? targets[i] : -1, IsNegative, (_, _) => false);
        return ContrastiveReference.Of(
            tensors.Settings.Loss, pairing, batch.Queries.Floats, batch.Keys.Floats, batch.Positives.IsNone ? [] : batch.Positives.Floats);
    }

    /// <summary>Within four times the error of plain float loops, and eight last places of the scale for where these are exact by luck.</summary>
    private static void IsNear(ReadOnlySpan<float> values, double[] truth, double[] naive, double scale)
    {
        double most = (4 * truth.Zip(naive, (t, n) => Math.Abs(t - n)).Max()) + (scale * Math.Pow(2, -20));
        Assert.InRange(Rig.MaxError(values, truth), 0, most);
    }

    private static IEnumerable<int> Samples(int rows) => Enumerable.Range(0, Math.Min(16, rows)).Select(s => (int)((long)s * (rows - 1) / Math.Max(1, Math.Min(16, rows) - 1)));

    private static double[] Widen(float[] values) => [.. values.Select(value => (double)value)];

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++) sum += (double)a[d] * b[d];
        return sum;
    }
}
