using NegSamples.Files;

namespace NegSamples.Training.Checkpoints;

/// <summary>The file of a momentum queue: the keys, and which of them is the oldest.</summary>
internal static class QueueFile
{
    public const string Name = "queue.safetensors";
    private const string Keys = "keys", Oldest = "oldest";

    public static void Write(string path, MomentumContrast queue)
    {
        float[] keys = new float[queue.Keys.Count];
        queue.Encoder.Ops.Download<float>(queue.Keys, keys);
        SafetensorsEntry[] entries = [SafetensorsEntry.Of(Keys, keys, queue.Keys[0], queue.Keys[1]),
            SafetensorsEntry.Of(Oldest, new long[] { queue.Oldest }, [])];
        Safetensors.Write(path, entries, new Dictionary<string, string> { ["format"] = "negsamples-queue" });
    }

    public static void Read(string path, MomentumContrast queue)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        float[] keys = file.Floats(Keys, [queue.Keys[0], queue.Keys[1]]);
        if (Array.Exists(keys, value => !float.IsFinite(value))) throw new BadDataException($"{path}: {Keys} holds a number that is not finite.");
        long[] oldest = file.Longs(Oldest);
        if (oldest is not [>= 0] || oldest[0] >= queue.Keys[0])
            throw new BadDataException(FormattableString.Invariant(
                $"{path}: {Oldest} is {string.Join(", ", oldest)}; expected one row of the {queue.Keys[0]} keys, from 0."));
        queue.Encoder.Ops.Upload<float>(keys, queue.Keys);
        queue.Oldest = (int)oldest[0];
    }
}
