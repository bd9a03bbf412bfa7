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
        Numbers queries = Numbers.Units(1, rows, Dimension), positives = Numbers.Units(2, rows, Dimension), keys = Numbers.Units(3, count, Dimension);
        using Contenders spilled = new(), twice = new(), ofQueue = new();
        Numbers truth = null!;
        string name = $"Contrastive loss {rows} x {count} x {Dimension}", memory = "";

        // Ours come first: a process's greatest memory only grows.
        foreach (Fixture fixture in spilled.Ours())
        {
            Tensor q = fixture.Take(queries), p = fixture.Take(positives), k = fixture.Take(keys);
            Tensor loss = fixture.Zeros(rows), logSumExp = fixture.Zeros(rows), dq = fixture.Zeros(rows, Dimension), dp = fixture.Zeros(rows, Dimension);
            Tensor dk = fixture.Zeros(count, Dimension);
            void Ours(ContrastiveGradients gradients, long? spillBytes) => fixture.Ops.ContrastiveLoss(
                new ContrastiveBatch(q, k) { Positives = p }, new ContrastiveSettings(Temperature) { SpillBytes = spillBytes }, loss, logSumExp, gradients);

            ContrastiveGradients all = new(dq, dk, dp), withoutKeys = new(dq, default, dp);
            long without = Extra(() => Ours(all, 0)), with = Extra(() => Ours(all, null));
            memory += $"{fixture.Name} +{without} MB (logits twice), +{with} MB (spilled); ";
            truth ??= fixture.Read(dk);
            spilled.Add(fixture.Name, () => Ours(all, null));
            twice.Add(fixture.Name, () => Ours(all, 0));
            ofQueue.Add(fixture.Name, () => Ours(withoutKeys, 0));
        }

        foreach (PeerForm form in libtorch ? PeerForm.OfMatrices : [])
        {
            torch.Tensor q = spilled.Copy(queries, form), p = spilled.Copy(positives, form), k = spilled.Copy(keys, form);
            torch.Tensor targets = spilled.Keep(torch.zeros(rows, torch.int64));
            (q.requires_grad, p.requires_grad, k.requires_grad) = (true, true, true);
            IList<torch.Tensor> Gradients(bool ofKeys)
            {
                torch.Tensor positive = (q * p).sum(1, keepdim: true), negatives = torch.mm(q, (ofKeys ? k : k.detach()).t());
                torch.Tensor mean = functional.cross_entropy(torch.cat([positive, negatives], 1) / Temperature, targets);
                return torch.autograd.grad([mean], ofKeys ? [q, p, k] : [q, p]);
            }

            void Theirs(bool ofKeys)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                Gradients(ofKeys);
            }

            memory += $"{form} +{Extra(() => Theirs(true))} MB; ";
            using DisposeScope first = torch.NewDisposeScope();
            bool agrees = Fixture.Agree("dk", truth, Gradients(true)[2], form);
            spilled.AddPeer(form, agrees, () => Theirs(true));
            twice.AddPeer(form, agrees, () => Theirs(true));
            ofQueue.AddPeer(form, agrees, () => Theirs(false));
        }

        Console.WriteLine($"{name}: extra memory {memory}");
        double product = 2.0 * rows * count * Dimension;
        alternation.Measure($"{name}, dq and dk, logits spilled, 3 products counted", 3 * product, spilled.All);
        alternation.Measure($"{name}, dq and dk, logits computed twice, 4 products counted", 4 * product, twice.All);
        alternation.Measure($"{name}, dq of a queue", 2 * product, ofQueue.All);
    }

    /// <summary>NT-Xent of so many rows, two for each sample.</summary>
    public static void NtXent(Alternation alternation, bool libtorch, int rows)
    {
        Numbers units = Numbers.Units(1, rows, Dimension), truth = null!;
        using Contenders contenders = new();
        foreach (Fixture fixture in contenders.Ours())
        {
            Tensor z = fixture.Take(units), loss = fixture.Zeros(rows), logSumExp = fixture.Zeros(rows), dz = fixture.Zeros(rows, Dimension);
            ContrastiveBatch batch = fixture.Views(rows / 2).BothViews(z);
            void Ours() => fixture.Ops.ContrastiveLoss(batch, new ContrastiveSettings(Temperature), loss, logSumExp, ContrastiveGradients.OfRows(dz));
            Ours();
            truth ??= fixture.Read(dz);
            contenders.Add(fixture.Name, Ours);
        }

        foreach (PeerForm form in libtorch ? PeerForm.OfMatrices : [])
        {
            torch.Tensor z = contenders.Copy(units, form), targets = contenders.Keep((torch.arange(rows, torch.int64) + (rows / 2)).remainder(rows));
            torch.Tensor self = contenders.Keep(torch.eye(rows, dtype: torch.@bool));
            z.requires_grad = true;
            torch.Tensor Gradient()
            {
                torch.Tensor logits = (torch.mm(z, z.t()) / Temperature).masked_fill(self, float.NegativeInfinity);
                return torch.autograd.grad([functional.cross_entropy(logits, targets)], [z])[0];
            }

            void Theirs()
            {
                using DisposeScope scope = torch.NewDisposeScope();
                Gradient();
            }

            using DisposeScope first = torch.NewDisposeScope();
            contenders.AddPeer(form, Fixture.Agree("dz", truth, Gradient(), form), Theirs);
        }

        alternation.Measure($"NT-Xent {rows} rows x {Dimension}, 4 products counted", 4 * 2.0 * rows * rows * Dimension, contenders.All);
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
