using System.Diagnostics;
using NegSamples.Kernels;
using TorchSharp;
using static TorchSharp.torch.nn;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Peers;

/// <summary>The K-negatives losses beside what people write with libtorch: cross-entropy over the stored matrix of logits, forward and backward.</summary>
internal static class ContrastiveLosses
{
    private const int Dimension = 128;
    private const float Temperature = 0.07f;

    /// <summary>A batch against a queue of keys, with the gradients of both and with the queries' alone.</summary>
    public static void Queue(Alternation alternation, bool libtorch, int rows, int count)
    {
        using Fixture fixture = new(libtorch);
        Tensor q = Units(fixture, rows), p = Units(fixture, rows), k = Units(fixture, count);
        Tensor loss = fixture.Zeros(rows), logSumExp = fixture.Zeros(rows), dq = fixture.Zeros(rows, Dimension), dp = fixture.Zeros(rows, Dimension);
        Tensor dk = fixture.Zeros(count, Dimension);
        using torch.Tensor tq = fixture.Copy(q), tp = fixture.Copy(p), tk = fixture.Copy(k);
        using torch.Tensor targets = libtorch ? torch.zeros(rows, torch.int64) : null!;
        if (libtorch) (tq.requires_grad, tp.requires_grad, tk.requires_grad) = (true, true, true);

        void Ours(ContrastiveGradients gradients, long? spillBytes) => fixture.Ops.ContrastiveLoss(
            new ContrastiveBatch(q, k) { Positives = p }, new ContrastiveSettings(Temperature) { SpillBytes = spillBytes }, loss, logSumExp, gradients);

        IList<torch.Tensor> Gradients(bool ofKeys)
        {
            torch.Tensor positive = (tq * tp).sum(1, keepdim: true), negatives = torch.mm(tq, (ofKeys ? tk : tk.detach()).t());
            torch.Tensor mean = functional.cross_entropy(torch.cat([positive, negatives], 1) / Temperature, targets);
            return torch.autograd.grad([mean], ofKeys ? [tq, tp, tk] : [tq, tp]);
        }

        void Theirs(bool ofKeys)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Gradients(ofKeys);
        }

        // Ours come first: a process's greatest memory only grows.
        ContrastiveGradients all = new(dq, dk, dp), withoutKeys = new(dq, default, dp);
        string name = $"Contrastive loss {rows} x {count} x {Dimension}";
        long twice = Extra(() => Ours(all, 0)), spilled = Extra(() => Ours(all, null)), theirs = libtorch ? Extra(() => Theirs(true)) : 0;
        Console.WriteLine($"{name}: extra memory {twice} MB (logits twice), {spilled} MB (spilled), {theirs} MB (libtorch)");
        if (libtorch)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            IList<torch.Tensor> gradients = Gradients(true);
            fixture.MustAgree("dq", dq, gradients[0]);
            fixture.MustAgree("dp", dp, gradients[1]);
            fixture.MustAgree("dk", dk, gradients[2]);
        }

        double product = 2.0 * rows * count * Dimension;
        alternation.Measure($"{name}, dq and dk, logits spilled, 4 products counted, +{spilled} MB (libtorch +{theirs} MB)", 4 * product, () => Ours(all, null), () => Theirs(true));
        alternation.Measure($"{name}, dq and dk, logits computed twice, +{twice} MB", 4 * product, () => Ours(all, 0), () => Theirs(true));
        alternation.Measure($"{name}, dq of a queue", 2 * product, () => Ours(withoutKeys, 0), () => Theirs(false));
    }

    /// <summary>NT-Xent of so many rows, two for each sample.</summary>
    public static void NtXent(Alternation alternation, bool libtorch, int rows)
    {
        using Fixture fixture = new(libtorch);
        Tensor z = Units(fixture, rows), loss = fixture.Zeros(rows), logSumExp = fixture.Zeros(rows), dz = fixture.Zeros(rows, Dimension);
        ContrastiveBatch batch = fixture.Views(rows / 2).BothViews(z);
        using torch.Tensor tz = fixture.Copy(z);
        using torch.Tensor targets = libtorch ? (torch.arange(rows, torch.int64) + (rows / 2)).remainder(rows) : null!;
        using torch.Tensor self = libtorch ? torch.eye(rows, dtype: torch.@bool) : null!;
        if (libtorch) tz.requires_grad = true;

        void Ours() => fixture.Ops.ContrastiveLoss(batch, new ContrastiveSettings(Temperature), loss, logSumExp, ContrastiveGradients.OfRows(dz));

        torch.Tensor Gradient()
        {
            torch.Tensor logits = (torch.mm(tz, tz.t()) / Temperature).masked_fill(self, float.NegativeInfinity);
            return torch.autograd.grad([functional.cross_entropy(logits, targets)], [tz])[0];
        }

        void Theirs()
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Gradient();
        }

        long extra = Extra(Ours), theirs = libtorch ? Extra(Theirs) : 0;
        if (libtorch)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            fixture.MustAgree("dz", dz, Gradient());
        }

        alternation.Measure($"NT-Xent {rows} rows x {Dimension}, 4 products counted, +{extra} MB (libtorch +{theirs} MB)", 4 * 2.0 * rows * rows * Dimension, Ours, Theirs);
    }

    private static Tensor Units(Fixture fixture, int rows)
    {
        Tensor z = fixture.Random([rows, Dimension]);
        fixture.Ops.L2NormalizeForward(z, z, fixture.Zeros(rows, 1));
        return z;
    }

    /// <summary>Megabytes by which the first call raises the most memory that this process ever held.</summary>
    private static long Extra(Action work)
    {
        long before = Peak();
        work();
        return Math.Max(0, Peak() - before) >> 20;
    }

    private static long Peak()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
