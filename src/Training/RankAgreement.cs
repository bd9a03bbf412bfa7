using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>Holds the ranks of a run to one another: the same program, settings, images and instructions at the start, the same weights on the way.</summary>
internal sealed class RankAgreement
{
    private readonly Collective collective;
    private readonly Model model;
    private readonly float[] weights;

    /// <summary>Takes the memory for a copy of the weights.</summary>
    /// <param name="model">The model that all ranks train.</param>
    internal RankAgreement(Model model)
    {
        (this.model, collective) = (model, model.Ops.Collective);
        weights = collective.Size > 1 ? new float[model.Parameters.Count] : [];
    }

    /// <summary>Refuses ranks that would not train one run.</summary>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="images">The training images.</param>
    /// <param name="checkpoint">The hash of the weights that they start from; null where they draw them.</param>
    /// <exception cref="SettingsException">A rank has another program, other settings, images, weights or instructions; it is named.</exception>
    internal static void Require(Ops ops, TrainingSettings settings, IImageSet images, string? checkpoint = null) =>
        Require(ops, () => JsonSerializer.Serialize(RunIdentity.Of(settings)), images, ("newest checkpoint", checkpoint ?? ""));

    /// <summary>Refuses ranks that would not embed the same images by one network of a file.</summary>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="settings">All that is asked for, as text.</param>
    /// <param name="images">The images.</param>
    /// <param name="network">The hash of the file.</param>
    /// <exception cref="SettingsException">A rank has another program, other settings, images, instructions or another network; it is named.</exception>
    public static void RequireNetwork(Ops ops, string settings, IImageSet images, string network)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(images);
        Require(ops, () => settings, images, ("network", network));
    }

    private static void Require(Ops ops, Func<string> settings, IImageSet images, (string What, string Own) weights)
    {
        if (ops.Collective.Size == 1) return;
        (string What, string Own)[] facts =
        [
            ("program", RunEnvironment.ProgramVersion), ("settings", settings()), ("images", images.Fingerprint),
            (ops is CpuOps ? "set of vector instructions or precision" : "GPU, driver or precision", InstructionsOf(ops)), weights,
        ];
        double[] all = new double[facts.Length * ops.Collective.Size];
        ops.Collective.AllGather([.. facts.Select(fact => Hash(Encoding.UTF8.GetBytes(fact.Own)))], all);
        for (int rank = 1; rank < ops.Collective.Size; rank++)
        {
            for (int i = 0; i < facts.Length; i++)
            {
                if (all[(rank * facts.Length) + i] != all[i])
                    throw new SettingsException($"Rank {rank} has another {facts[i].What} than rank 0; expected the same on every rank."
                        + (i == 3 && ops is CpuOps ? " Give all of them the narrowest one, NEGSAMPLES_ISA, and one `precision`." : ""));
            }
        }
    }

    /// <summary>Refuses to go on where a rank's weights have become others.</summary>
    /// <param name="step">Steps done.</param>
    /// <exception cref="InvalidOperationException">They have; the rank is named.</exception>
    internal void RequireSameWeights(long step)
    {
        if (collective.Size == 1) return;
        model.Ops.Download<float>(model.Parameters, weights);
        Span<double> all = collective.Size <= 64 ? stackalloc double[collective.Size] : new double[collective.Size];
        collective.AllGather([Hash(MemoryMarshal.AsBytes<float>(weights))], all);
        for (int rank = 1; rank < collective.Size; rank++)
        {
            if (all[rank] != all[0])
                throw new InvalidOperationException(FormattableString.Invariant($"After step {step} the weights of rank {rank} are others than those of rank 0; the ranks no longer train one model."));
        }
    }

    // What the bits of a result depend on beside the numbers: AVX2 rounds sums otherwise than AVX-512, and so do the instructions of bfloat16.
    private static string InstructionsOf(Ops ops) => ops is not CpuOps cpu ? ops.Description
        : cpu.Precision == Precision.Float32 ? CpuOps.Instructions : $"{CpuOps.Instructions}, bf16{CpuOps.BFloat16Support}";

    /// <summary>The first 48 bits of SHA-256, which a double holds exactly.</summary>
    internal static double Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash) >> 16;
    }
}
