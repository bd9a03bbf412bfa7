using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace NegSamples.Onnx;

/// <summary>A network of an ONNX file, run by ONNX Runtime on the CPU.</summary>
/// <remarks>
/// Images go to it a few at a time, always the same ones together, each batch on one thread: the threads divide the batches, not their arithmetic, and so change
/// no number.
/// </remarks>
internal sealed class OnnxEncoder : IViewEncoder, IDisposable
{
    /// <summary>Images at a time, unless another number is asked for or the network's own is fixed.</summary>
    public const int DefaultBatch = 8;

    private const int ViewsOfPass = 128, Colours = 3;
    private readonly string path, output;
    private readonly InferenceSession session;
    private readonly OnnxInput input;
    private readonly RunOptions run = new();
    private readonly CancellationToken stop;
    private readonly CancellationTokenRegistration ending;
    private readonly int threads;
    private float[] pixels = [], rows = [];

    private OnnxEncoder(string path, InferenceSession session, OnnxInput input, string output, OnnxRequest request, List<string> notes)
    {
        (this.path, this.session, this.input, this.output, threads, stop) = (path, session, input, output, Math.Max(1, request.Threads), request.Stop);
        Metadata = new Dictionary<string, string>(session.ModelMetadata.CustomMetadataMap);
        Producer = session.ModelMetadata.ProducerName;
        Pixels = input.Pixels(path, OnnxAbout.Read(Metadata), request.Pixels, notes);
        if (input.Images > 0 && request.Batch is { } asked && asked != input.Images)
            throw new SettingsException(string.Create(CultureInfo.InvariantCulture, $"`batchSize` is {asked}; {path} takes {Counted.Of(input.Images, "image")} at a time, no other number."));
        if (request.Batch is < 1) throw new SettingsException(string.Create(CultureInfo.InvariantCulture, $"`batchSize` is {request.Batch}; expected at least 1."));
        Batch = input.Images > 0 ? input.Images : request.Batch ?? DefaultBatch;
        Notes = notes;
        ending = stop.Register(() => run.Terminate = true);
    }

    /// <summary>SHA-256 of the file, in hexadecimal.</summary>
    public string Fingerprint { get; private init; } = "";

    /// <summary>The program that made the file, as it says.</summary>
    public string Producer { get; }

    /// <summary>What the file says of itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>How the pixels are given to it.</summary>
    public PixelInput Pixels { get; }

    /// <summary>Images at a time.</summary>
    public int Batch { get; }

    /// <summary>The name of the output that is taken.</summary>
    public string Output => output;

    /// <summary>What should be known of the network, sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <inheritdoc/>
    public int Side => Pixels.Size;

    /// <inheritdoc/>
    public PixelRange Range => PixelRange.Of(Pixels.Scale, [.. Pixels.Mean], [.. Pixels.Deviation]);

    /// <inheritdoc/>
    public int ViewsPerPass => (ViewsOfPass + Batch - 1) / Batch * Batch;

    /// <inheritdoc/>
    public int FeatureDimension { get; private set; }

    /// <inheritdoc/>
    public int EmbeddingDimension => 0;

    /// <summary>Opens a file, and embeds one image of zeros to see what it gives.</summary>
    /// <param name="path">The file.</param>
    /// <param name="request">What is asked of it.</param>
    /// <exception cref="BadDataException">It is no ONNX file, has other inputs than one of pictures, or gives no rows.</exception>
    /// <exception cref="SettingsException">What is asked for is not what it takes.</exception>
    /// <exception cref="DeviceException">ONNX Runtime is missing.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static OnnxEncoder Open(string path, OnnxRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!File.Exists(path)) throw new BadDataException($"{path} does not exist; expected an ONNX file.");
        OnnxLibrary.Require();
        string fingerprint;
        using (FileStream stream = RegularFile.Open(path)) fingerprint = Convert.ToHexStringLower(SHA256.HashData(stream));
        using SessionOptions options = new()
        {
            IntraOpNumThreads = request.IsOneBatch ? Math.Max(1, request.Threads) : 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.force_spinning_stop", "1"); // else its threads go on turning while others compute
        InferenceSession? session = null;
        OnnxEncoder? encoder = null;
        try
        {
            session = new InferenceSession(path, options);
            encoder = new OnnxEncoder(path, session, OnnxInput.Of(path, session.InputMetadata), OutputOf(path, session, request.Output), request, [])
            {
                Fingerprint = fingerprint,
            };
            encoder.MeasureRow();
            return encoder;
        }
        catch (OnnxRuntimeException exception) when (encoder is null)
        {
            session?.Dispose();
            throw new BadDataException($"{path} is no ONNX model that ONNX Runtime {OnnxLibrary.Version} can open: {FirstLine(exception)}", exception);
        }
        catch
        {
            if (encoder is null) session?.Dispose();
            encoder?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Prepare(int views)
    {
        pixels = new float[checked(views * Side * Side * Colours)];
        rows = new float[checked(views * FeatureDimension)];
    }

    /// <inheritdoc/>
    public void Embed(Tensor views, Span<float> encoder, Span<float> embedding, Span<float> head)
    {
        int count = views[0], numbers = Side * Side * Colours;
        views.Floats.CopyTo(pixels);
        int batches = (count + Batch - 1) / Batch;
        try
        {
            Parallel.For(0, batches, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop }, () => new float[Batch * numbers], (at, _, given) =>
            {
                int first = at * Batch, here = Math.Min(Batch, count - first), images = input.Images > 0 ? Batch : here;
                for (int i = 0; i < here; i++) Arrange(pixels.AsSpan((first + i) * numbers, numbers), given.AsSpan(i * numbers, numbers));
                given.AsSpan(here * numbers).Clear();
                Run(given, images, result => result[..(here * FeatureDimension)].CopyTo(rows.AsSpan(first * FeatureDimension)));
                return given;
            }, _ => { });
        }
        catch (AggregateException exception)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }

        rows.AsSpan(0, count * FeatureDimension).CopyTo(encoder);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ending.Dispose();
        run.Dispose();
        session.Dispose();
    }

    private delegate void Take(ReadOnlySpan<float> rows);

    private static string OutputOf(string path, InferenceSession session, string? asked)
    {
        string names = string.Join(", ", session.OutputMetadata.Keys);
        if (asked is not null) return session.OutputMetadata.ContainsKey(asked) ? asked : throw new SettingsException($"`onnxOutput` is {asked}; {path} has {names}.");
        return session.OutputMetadata.Count == 1 ? names : throw new SettingsException($"{path} has {Counted.Of(session.OutputMetadata.Count, "output")}, {names}; choose one with `onnxOutput`.");
    }

    /// <summary>A picture as the network wants it, from float32 [side, side, 3], red first, in the range that it wants.</summary>
    private void Arrange(ReadOnlySpan<float> picture, Span<float> given)
    {
        bool isFirst = Pixels.Layout == PixelInput.ChannelsFirst;
        int area = Side * Side;
        for (int place = 0; place < Colours; place++)
        {
            int colour = Pixels.Channels == PixelInput.Bgr ? Colours - 1 - place : place;
            for (int i = 0; i < area; i++) given[isFirst ? (place * area) + i : (i * Colours) + place] = picture[(i * Colours) + colour];
        }
    }

    private void MeasureRow()
    {
        int images = input.Images > 0 ? input.Images : 1;
        float[] nothing = new float[checked(images * Side * Side * Colours)];
        using IDisposableReadOnlyCollection<OrtValue> results = RunSession(nothing, images);
        OrtTensorTypeAndShapeInfo about = results[0].GetTensorTypeAndShape();
        long[] shape = about.Shape;
        if (about.ElementDataType != TensorElementType.Float || shape.Length < 2 || shape[0] != images || shape.Skip(1).Count(axis => axis != 1) > 1 || shape.Contains(0))
            throw new BadDataException(
                $"{path}: its output {output} is {about.ElementDataType}[{string.Join(", ", shape)}] for {Counted.Of(images, "image")}; expected a row of float32 for each, [{images}, D].");
        FeatureDimension = checked((int)(about.ElementCount / images));
    }

    private void Run(float[] given, int images, Take take)
    {
        using IDisposableReadOnlyCollection<OrtValue> results = RunSession(given, images);
        ReadOnlySpan<float> rows = results[0].GetTensorDataAsSpan<float>();
        if (rows.Length != images * FeatureDimension)
            throw new BadDataException($"{path} gives {Counted.Of(rows.Length, "number")} for {Counted.Of(images, "image")}; expected {FeatureDimension} for each.");
        take(rows);
    }

    private IDisposableReadOnlyCollection<OrtValue> RunSession(float[] given, int images)
    {
        long[] shape = Pixels.Layout == PixelInput.ChannelsFirst ? [images, Colours, Side, Side] : [images, Side, Side, Colours];
        try
        {
            using OrtValue value = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, given.AsMemory(0, checked(images * Side * Side * Colours)), shape);
            return session.Run(run, [input.Name], [value], [output]);
        }
        catch (OnnxRuntimeException exception)
        {
            stop.ThrowIfCancellationRequested();
            throw new BadDataException($"{path} cannot be run on [{string.Join(", ", shape)}]: {FirstLine(exception)}", exception);
        }
    }

    private static string FirstLine(OnnxRuntimeException exception) => exception.Message.Split('\n')[0].Trim();
}
