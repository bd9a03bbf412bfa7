using NegSamples.Files;

namespace NegSamples.Training.Checkpoints;

/// <summary>The file of a momentum queue: the keys, and which of them is the oldest.</summary>
internal static class QueueFile
{
    public const string Name = "queue.safetensors";
    private const string Keys = "keys", Oldest = "oldest";

    /// <param name="path">The file.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="keys">Those of all ranks: see <see cref="MomentumContrast.GatherKeys"/>.</param>
    public static void Write(string path, MomentumContrast queue, float[] keys)
    {
        SafetensorsEntry[] entries = [SafetensorsEntry.Of(Keys, keys, queue.Length, queue.Keys[1]),
            SafetensorsEntry.Of(Oldest, new long[] { queue.Oldest }, [])];
        Safetensors.Write(path, entries, new Dictionary<string, string> { ["format"] = "negsamples-queue" });
    }

    public static void Read(string path, MomentumContrast queue)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        float[] keys = file.Floats(Keys, [queue.Length, queue.Keys[1]]);
        if (Array.Exists(keys, value => !float.IsFinite(value))) throw new BadDataException($"{path}: {Keys} holds a number that is not finite.");
        long[] oldest = file.Longs(Oldest);
        if (oldest is not [>= 0] || oldest[0] >= queue.Length)
            throw new BadDataException(FormattableString.Invariant(
                $"{path}: {Oldest} is {string.Join(", ", oldest)}; expected one row of the {Counted.Of(queue.Length, "key")}, from 0."));
        queue.TakeKeys(keys);
        queue.Oldest = (int)oldest[0];
    }
}
