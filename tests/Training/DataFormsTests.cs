using System.Diagnostics;
using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Cached;
using NegSamples.Augment.Data.Cifar;
using NegSamples.Augment.Decoding;
using NegSamples.Augment.Recipes;
using NegSamples.Jpeg;
using NegSamples.Tables;
using NegSamples.Tests.Augment.Data.Cifar;
using NegSamples.Tests.Augment.Data.MedMnist;
using NegSamples.Tests.Augment.Data.Shards;
using NegSamples.Tests.Tables;
using NegSamples.Training.Settings;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests.Training;

/// <summary>The same images in every form give the same weights: what a file is packed in changes no number.</summary>
/// <remarks>A folder has its images in the order of the classes, so the others are written in that order.</remarks>
public sealed class DataFormsTests : IDisposable
{
    private const int Side = 32, Batches = 5;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryFormTrainsTheSameWeights()
    {
        Random random = new(4);
        byte[][] pixels = new byte[120][];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = new byte[3 * Side * Side];
            random.NextBytes(pixels[i]);
        }

        Compare(pixels, [.. Enumerable.Range(0, pixels.Length).Select(i => i / 12)], imageSize: 16, batch: 40, threads: 1, report: null);
    }

    /// <summary>10,000 images of CIFAR-10, whose archive or folder NEGSAMPLES_CIFAR10 names; prints how many images a second each form gives.</summary>
    [Fact(Explicit = true)]
    public void EveryFormTrainsTheSameWeightsOfCifar()
    {
        string? path = Environment.GetEnvironmentVariable("NEGSAMPLES_CIFAR10");
        Assert.SkipWhen(path is null, "NEGSAMPLES_CIFAR10 names no data.");
        using ImageData cifar = DataSets.Open(path!);
        int[] chosen = [.. Enumerable.Range(0, 10_000).OrderBy(cifar.Train.Label)];
        byte[][] pixels = [.. chosen.Select(image =>
        {
            byte[] read = [];
            cifar.Train.Read(image, ref read);
            return read.AsSpan(0, 3 * Side * Side).ToArray();
        })];
        TestContext.Current.TestOutputHelper!.WriteLine("form         read by one thread   batches with views        trained   (images/s)");
        Compare(pixels, [.. chosen.Select(cifar.Train.Label)], imageSize: Side, batch: 256, threads: Environment.ProcessorCount,
            TestContext.Current.TestOutputHelper.WriteLine);
    }

    /// <summary>JPEGs of 500 x 375 pixels, as ImageNet's are: images a second of one thread, of the batches, of each cache, and of the encoder.</summary>
    [Fact(Explicit = true)]
    public void JpegsAreDecodedAheadOfTheEncoder()
    {
        const int images = 512;
        Random random = new(2);
        for (int i = 0; i < images; i++) folder.Write($"photos/{i % 2}/{i}.jpg", Jpeg(random));
        ITestOutputHelper output = TestContext.Current.TestOutputHelper!;
        TrainingSettings settings = TinyRun.Settings with
        {
            Data = TinyRun.Settings.Data with { ImageSize = 64 }, Batch = new() { Size = 64 }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 1 },
        };
        ImageSharpDecoder decoder = new(new LibjpegTurboReader());
        foreach (string cache in new[] { ImageCache.Off, ImageCache.Memory, ImageCache.Disk })
        {
            using ImageData data = DataSets.Open(
                folder.PathOf("photos"), request: new() { Cache = cache, CacheFolder = folder.PathOf("cache"), Decoder = decoder });
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"cache {cache}: first read {Rate(data.Train):N0}, again {Rate(data.Train):N0}, batches {BatchRate(data.Train, settings):N0} images/s"));
        }

        using TinyRun run = new();
        using ImageData plain = DataSets.Open(folder.PathOf("photos"), request: new() { Decoder = decoder });
        long start = Stopwatch.GetTimestamp();
        run.Train("photos", Environment.ProcessorCount, settings: settings, images: plain.Train);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trained {images / Stopwatch.GetElapsedTime(start).TotalSeconds:N0} images/s"));
    }

    private void Compare(byte[][] pixels, int[] labels, int imageSize, int batch, int threads, Action<string>? report)
    {
        Dictionary<string, string> forms = Write(pixels, labels);
        using TinyRun run = new();
        TrainingSettings settings = TinyRun.Settings with
        {
            Data = TinyRun.Settings.Data with { ImageSize = imageSize }, Batch = new() { Size = batch }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 1 },
        };
        byte[]? expected = null;
        foreach ((string form, string path) in forms)
        {
            using ImageData data = DataSets.Open(path, request: new DataRequest { Tables = new ParquetTables(), CacheFolder = folder.PathOf("cache") });
            Assert.Equal(pixels.Length, data.Train.Count);
            double read = report is null ? 0 : Rate(data.Train), batches = report is null ? 0 : BatchRate(data.Train, settings);
            long start = Stopwatch.GetTimestamp();
            byte[] weights = TinyRun.Bytes(run.Train(form, threads, settings: settings, images: data.Train), "model.safetensors");
            double trained = pixels.Length / batch * batch / Stopwatch.GetElapsedTime(start).TotalSeconds;
            expected ??= weights;
            Assert.True(expected.AsSpan().SequenceEqual(weights), $"{form} trains other weights");
            report?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{form,-10} {read,20:N0} {batches,20:N0} {trained,14:N0}"));
        }
    }

    /// <summary>Images a second of one thread that reads all of them in the order of an epoch.</summary>
    private static double Rate(IImageSet set)
    {
        int[] order = [.. Enumerable.Range(0, set.Count)];
        new Random(1).Shuffle(order);
        byte[] pixels = [];
        set.Read(0, ref pixels);
        long start = Stopwatch.GetTimestamp();
        foreach (int image in order) set.Read(image, ref pixels);
        return set.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Images a second of the batches that a trainer is given, with the choices for their views.</summary>
    private static double BatchRate(IImageSet set, TrainingSettings settings)
    {
        using BatchProducer producer = BatchProducer.ForTraining(set, new SimClrRecipe(settings.Data.ImageSize), 1, settings.Batch.Size);
        producer.Return(producer.Next()!);
        long start = Stopwatch.GetTimestamp();
        int steps = producer.StepsPerEpoch;
        for (int step = 0; step < steps; step++) producer.Return(producer.Next()!);
        return (double)steps * settings.Batch.Size / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private Dictionary<string, string> Write(byte[][] pixels, int[] labels)
    {
        string[] classes = CifarLayout.Cifar10.Names;
        byte[][] pictures = [.. pixels.Select(Png)];
        List<(string, byte[])> members = [];
        for (int i = 0; i < pixels.Length; i++)
        {
            string key = i.ToString("D6", CultureInfo.InvariantCulture), name = classes[labels[i]];
            folder.Write($"set/train/{name}/{key}.png", pictures[i]);
            members.Add((key + ".png", pictures[i]));
            members.Add((key + ".cls", System.Text.Encoding.UTF8.GetBytes(name)));
        }

        foreach (string name in classes) folder.Write($"set/test/{name}/0.png", pictures[0]);
        int half = members.Count / 4 * 2;
        folder.Shard("shards/train-0.tar", [.. members[..half]]);
        folder.Shard("shards/train-1.tar", [.. members[half..]]);
        string names = string.Join(", ", classes.Select(name => $"\"{name}\""));
        string metadata = $$"""{"info": {"features": {"label": {"names": [{{names}}], "_type": "ClassLabel"} } } }""";
        int middle = pixels.Length / 2;
        long?[] numbers = [.. labels.Select(label => (long?)label)];
        folder.Table("hub/data/train-00000-of-00002.parquet", pictures[..middle], numbers[..middle], metadata, rowsInGroup: 100);
        folder.Table("hub/data/train-00001-of-00002.parquet", pictures[middle..], numbers[middle..], metadata, rowsInGroup: 100);
        byte[] stored = [.. labels.Select(label => (byte)label)];
        string npz = MedMnistSetTests.Npz(
            folder, ("train_images", "|u1", [pixels.Length, Side, Side, 3], [.. pixels.SelectMany(picture => picture)]), ("train_labels", "|u1", [labels.Length, 1], stored));
        int part = pixels.Length / Batches;
        for (int batch = 0; batch < Batches; batch++)
            folder.Write($"py/data_batch_{batch + 1}", PickledCifar.Batch(Records(pixels, labels, batch * part, part), ["labels"]));
        folder.Write("py/test_batch", PickledCifar.Batch(Records(pixels, labels, 0, 1), ["labels"]));
        folder.Write("py/batches.meta", PickledCifar.Names("label_names", classes));
        return new()
        {
            ["folder"] = folder.PathOf("set"), ["zip"] = folder.Zip("set"), ["tar.gz"] = folder.Tar("set"), ["shards"] = folder.PathOf("shards"),
            ["parquet"] = folder.PathOf("hub"), ["npz"] = npz, ["pickles"] = folder.PathOf("py"),
        };
    }

    /// <summary>Records of CIFAR's binary version: a label and three planes of colour.</summary>
    private static byte[] Records(byte[][] pixels, int[] labels, int first, int count) => [.. Enumerable.Range(first, count).SelectMany(i =>
        Enumerable.Range(0, 1 + (3 * Side * Side)).Select(at => at == 0 ? (byte)labels[i] : pixels[i][(3 * ((at - 1) % (Side * Side))) + ((at - 1) / (Side * Side))]))];

    /// <summary>Smooth colours with some noise, which JPEG packs about as it packs a photograph.</summary>
    private static byte[] Jpeg(Random random)
    {
        const int width = 500, height = 375;
        using Image<Rgb24> image = new(width, height);
        double across = random.NextDouble() / 20, down = random.NextDouble() / 20;
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double wave = 100 + (60 * Math.Sin((x * across) + (y * down)));
                image[x, y] = new Rgb24((byte)(wave + random.Next(30)), (byte)(wave + random.Next(20)), (byte)(200 - wave + random.Next(20)));
            }
        }

        using MemoryStream stream = new();
        image.SaveAsJpeg(stream);
        return stream.ToArray();
    }

    private static byte[] Png(byte[] pixels)
    {
        using Image<Rgb24> image = Image.LoadPixelData<Rgb24>(pixels, Side, Side);
        using MemoryStream stream = new();
        image.SaveAsPng(stream);
        return stream.ToArray();
    }
}
