using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Cifar;
using NegSamples.Augment.Decoding;
using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Files.Arrays;
using NegSamples.Files.Weights;
using NegSamples.Jpeg;
using NegSamples.Study.Sweep;
using NegSamples.Tables;
using NegSamples.Tests.Augment.Data.Cifar;
using NegSamples.Tests.Augment.Data.MedMnist;
using NegSamples.Tests.Augment.Data.Shards;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Files.Weights;
using NegSamples.Tests.Tables;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests;

/// <summary>Damages a sound input in every way and asks each reader: it must read it or refuse it by type, quickly and in little memory.</summary>
public class MutationTests
{
    private const int SecondsEach = 10, Seed = 20_26;
    private const long BytesEach = 512L << 20;

    private static readonly byte[][] Tokens =
    [
        .. new[] { "-1", "1e999", "null", "{}", "[[[[[[", "\"\\ud800\"", "99999999999999999999", "0.5e-400", "NaN", "\"x\":1,\"x\":2", "true", "\n", ",", "\0" }
            .Select(Encoding.UTF8.GetBytes),
    ];

    public static TheoryData<string> Readers =>
        ["safetensors", "npy", "npz", "table", "png", "jpeg", "libjpeg-turbo", "bmp", "webp", "cifar", "zip", "shard", "medmnist", "pickle", "pth", "weights", "parquet", "config", "state", "metrics", "sweep", "class counts"];

    [Theory]
    [MemberData(nameof(Readers))]
    public void EveryReaderReadsOrRefuses(string reader) => Mutate(reader, reader is "cifar" or "zip" or "medmnist" or "parquet" or "webp" ? 400 : 2_000);

    /// <summary>As the other, 100,000 inputs a reader. NEGSAMPLES_MUTATION_READERS names some of the readers, NEGSAMPLES_MUTATION_SEED other inputs.</summary>
    [Theory(Explicit = true)]
    [MemberData(nameof(Readers))]
    public void EveryReaderReadsOrRefusesAHundredThousand(string reader)
    {
        string? readers = Environment.GetEnvironmentVariable("NEGSAMPLES_MUTATION_READERS"), seed = Environment.GetEnvironmentVariable("NEGSAMPLES_MUTATION_SEED");
        Assert.SkipUnless(readers is null || readers.Split(',').Contains(reader), "Not among NEGSAMPLES_MUTATION_READERS.");
        Mutate(reader, 100_000, seed is null ? Seed : int.Parse(seed, CultureInfo.InvariantCulture));
    }

    private static void Mutate(string reader, int inputs, int seed = Seed)
    {
        using TemporaryFolder folder = new();
        (byte[] sound, Action<byte[]> read) = Open(reader, folder);
        read(sound);
        Random random = new(seed);
        for (int input = 0; input < inputs; input++)
        {
            byte[] bytes = Mutation(sound, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            double seconds = SecondsOf(read, bytes, $"{reader}, input {input}");
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (seconds >= SecondsEach) seconds = SecondsOf(read, bytes, reader); // Once more, as a machine may have been busy.
            Assert.True(seconds < SecondsEach, string.Create(CultureInfo.InvariantCulture, $"{reader}, input {input} takes {seconds:F1} s."));
            Assert.True(allocated < BytesEach, $"{reader}, input {input} takes much memory: {Convert.ToHexString(bytes.AsSpan(0, Math.Min(64, bytes.Length)))}");
        }
    }

    private static double SecondsOf(Action<byte[]> read, byte[] bytes, string name)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            read(bytes);
        }
        catch (Exception exception) when (exception is BadDataException or SettingsException)
        {
            // Refused in words.
        }
        catch (Exception exception)
        {
            Assert.Fail($"{name}: {exception}");
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>One to four of: a bit, a byte, a cut, a piece doubled, a piece removed, a token of JSON; half of them near the start, where headers are.</summary>
    private static byte[] Mutation(byte[] sound, Random random)
    {
        List<byte> bytes = [.. sound];
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            int at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 256) : bytes.Count), length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes.RemoveRange(at, bytes.Count - at); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 4: bytes.RemoveRange(at, length); break;
                default:
                    byte[] token = Tokens[random.Next(Tokens.Length)];
                    bytes.RemoveRange(at, Math.Min(token.Length, bytes.Count - at));
                    bytes.InsertRange(at, token);
                    break;
            }
        }

        return [.. bytes];
    }

    private static void ReadArray(string path)
    {
        using ArrayFile array = ArrayFile.Open(path);
        array.Read(0, new float[Math.Min(array.Count, 100)]);
    }

    private static void ReadWeights(string path)
    {
        using WeightsFile file = WeightsFile.Open(path);
        foreach (WeightEntry entry in file.Entries) file.Read(entry);
    }

    private static (byte[] Sound, Action<byte[]> Read) Open(string reader, TemporaryFolder folder)
    {
        switch (reader)
        {
            case "safetensors":
                Safetensors.Write(
                    folder.PathOf("a"), [SafetensorsEntry.Of("w", new float[12], 3, 4), SafetensorsEntry.Of("n", new long[] { 5 }, [])], new Dictionary<string, string> { ["k"] = "v" });
                return FromFile(folder.PathOf("a"), path => SafetensorsFile.Read(path));
            case "npy":
                Npy.Write(folder.PathOf("a"), new float[12], 3, 4);
                return FromFile(folder.PathOf("a"), ReadArray);
            case "npz":
                using (ZipArchive archive = ZipFile.Open(folder.PathOf("a"), ZipArchiveMode.Create))
                {
                    Npy.Write(folder.PathOf("b"), new float[12], 3, 4);
                    archive.CreateEntryFromFile(folder.PathOf("b"), "b.npy");
                }

                return FromFile(folder.PathOf("a"), ReadArray);
            case "table":
                File.WriteAllText(folder.PathOf("a"), "x,y\n1.5,2\n-3e4,nan\n");
                return FromFile(folder.PathOf("a"), ReadArray);
            case "png" or "jpeg" or "bmp" or "webp" or "libjpeg-turbo":
                byte[] pixels = [];
                ImageSharpDecoder decoder = new(reader == "libjpeg-turbo" ? new LibjpegTurboReader() : null);
                return (Picture(reader), bytes => decoder.Decode(bytes, "picture", ref pixels));
            case "cifar":
                TinyImages.WriteCifar10(folder.PathOf("cifar"), recordsPerFile: 2);
                return FromFile(folder.Tar("cifar"), path => DataSets.Open(path).Dispose());
            case "zip":
                foreach (string name in new[] { "train/a/1.png", "train/b/2.png", "test/a/3.png", "test/b/4.png" }) folder.Write("zip/" + name, TemporaryFolder.Png(9, 8, 3, 4, 5));
                return FromFile(folder.Zip("zip"), path =>
                {
                    using ImageData data = DataSets.Open(path);
                    byte[] image = [];
                    for (int i = 0; i < data.Train.Count; i++) data.Train.Read(i, ref image);
                });
            case "shard":
                folder.Shard("a.tar", [.. ShardWriter.Sample("a", 1, "cat"), ("b.json", "{\"label\": 1}"u8.ToArray()), ("b.png", TemporaryFolder.Png(9, 8, 3, 4, 5))]);
                return FromFile(folder.PathOf("a.tar"), path =>
                {
                    using ImageData data = DataSets.Open(path, "webdataset");
                    byte[] image = [];
                    for (int i = 0; i < data.Train.Count; i++) data.Train.Read(i, ref image);
                });
            case "medmnist":
                return FromFile(MedMnistSetTests.WriteTiny(folder), path =>
                {
                    using ImageData data = DataSets.Open(path, "medmnist");
                    byte[] image = [];
                    for (int i = 0; i < data.Train.Count; i++) data.Train.Read(i, ref image);
                });
            case "parquet":
                return FromFile(folder.Table("a.parquet", [.. Enumerable.Range(1, 5).Select(i => TemporaryFolder.Png(9, 8, (byte)i, 4, 5))], [0, 1, 2, 1, 0]), path =>
                {
                    using ImageData data = DataSets.Open(path, "parquet", new DataRequest { Tables = new ParquetTables() });
                    byte[] image = [];
                    for (int i = 0; i < data.Train.Count; i++) data.Train.Read(i, ref image);
                });
            case "pickle":
                byte[] batch = PickledCifar.Batch(new byte[2 * 3073], ["labels"]);
                return (batch, bytes => CifarPython.Records(CifarLayout.Cifar10, bytes, "batch"));
            case "pth":
                folder.Write("a", new TorchFile().BeginDictionary().Text("epoch").Number(3).Text("state_dict").BeginOrdered()
                    .Text("conv1.weight").Tensor("FloatStorage", new byte[40], 10, 2, [2, 3], [1, 2]).Text("n").Tensor("LongStorage", new byte[8], 1, 0, [], []).EndOrdered().EndDictionary().ToArray());
                return FromFile(folder.PathOf("a"), ReadWeights);
            case "weights":
                Safetensors.Write(folder.PathOf("a"), [SafetensorsEntry.Of("w", new float[12], 3, 4)], new Dictionary<string, string> { ["k"] = "v" });
                return FromFile(folder.PathOf("a"), ReadWeights);
            case "config":
                RunFolder.Create(folder.PathOf("run"), TinyRun.Settings, "none").Dispose();
                return FromFile(folder.PathOf("run/config.json"), _ => RunFolder.ReadSettings(folder.PathOf("run")));
            case "state":
                folder.Write("step-000000003/state.json", Encoding.UTF8.GetBytes(new CheckpointState(
                    CheckpointState.CurrentFormat, 3, 9, 3, 7, "data", 1.5, RunIdentity.Of(TinyRun.Settings), "1", new Dictionary<string, string> { ["a"] = "b" }).ToJson()));
                return FromFile(folder.PathOf("step-000000003/state.json"), _ => Checkpoint.ReadState(folder.PathOf("step-000000003")));
            case "metrics":
                using (MetricsLog log = MetricsLog.Open(folder.PathOf("a"), 0))
                {
                    for (int i = 1; i < 9; i++) log.Write(new Metrics(i, i, 1, 0.1, 5, i));
                }

                return FromFile(folder.PathOf("a"), path =>
                {
                    MetricsLog.Read(path);
                    MetricsLog.Open(path, 6).Dispose();
                });
            case "sweep":
                using (NegSamples.Tests.Study.Sweep.SyntheticSweep sweep = NegSamples.Tests.Study.Sweep.SyntheticSweep.Standard())
                    folder.Write("sweep/sweep.json", File.ReadAllBytes(SweepFolder.ManifestPath(sweep.Folder)));
                return FromFile(folder.PathOf("sweep/sweep.json"), _ => SweepFolder.ReadManifest(folder.PathOf("sweep")));
            case "class counts":
                return FromFile(folder.Write("counts.csv", "class,count\ncat,120\n\"dog\",17\nowl,5\n"u8.ToArray()), path => ClassCountsFile.Read(path));
            default:
                throw new ArgumentOutOfRangeException(nameof(reader), reader, null);
        }
    }

    private static (byte[] Sound, Action<byte[]> Read) FromFile(string path, Action<string> read) => (File.ReadAllBytes(path), bytes =>
    {
        // A new file waits for no disk; a file that is cut and written again does, on ext4.
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        read(path);
    });

    private static byte[] Picture(string format)
    {
        using Image<Rgb24> image = new(13, 11);
        for (int row = 0; row < 11; row++)
        {
            for (int column = 0; column < 13; column++) image[column, row] = new Rgb24((byte)(row * 20), (byte)(column * 15), (byte)(row * column));
        }

        using MemoryStream stream = new();
        if (format == "png") image.SaveAsPng(stream);
        else if (format is "jpeg" or "libjpeg-turbo") image.SaveAsJpeg(stream);
        else if (format == "bmp") image.SaveAsBmp(stream);
        else image.SaveAsWebp(stream);
        return stream.ToArray();
    }
}
