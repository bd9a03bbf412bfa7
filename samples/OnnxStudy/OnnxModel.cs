using Microsoft.ML.OnnxRuntime;
using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;

namespace NegSamples.Samples.OnnxStudy;

/// <summary>An encoder in an ONNX file: pictures [N, 3, S, S], red first, from 0 to 1, become rows [N, D].</summary>
internal sealed class OnnxModel : IDisposable
{
    private const int Batch = 100;

    private readonly InferenceSession session;
    private readonly string input, output;

    public OnnxModel(string path)
    {
        session = new(path);
        (input, NodeMetadata about) = session.InputMetadata.First();
        output = session.OutputMetadata.Keys.First();
        if (about.Dimensions is not [-1, 3, > 0, > 0] || about.Dimensions[2] != about.Dimensions[3])
            throw new NotSupportedException($"{path} takes [{string.Join(", ", about.Dimensions)}]; expected any number of square pictures, [-1, 3, S, S].");
        Side = about.Dimensions[2];
    }

    /// <summary>S.</summary>
    public int Side { get; }

    /// <summary>D; known after the first pictures.</summary>
    public int Dimension { get; private set; }

    /// <summary>The rows of one view of each picture, [N, D].</summary>
    public float[] Embed(IImageSet images, IViewRecipe recipe, uint view = 0)
    {
        List<float> rows = [];
        for (int first = 0; first < images.Count; first += Batch)
        {
            int count = Math.Min(Batch, images.Count - first);
            float[] pictures = [.. Enumerable.Range(first, count).SelectMany(index => Planes(images, index, recipe, view))];
            using OrtValue given = OrtValue.CreateTensorValueFromMemory(pictures, [count, 3, Side, Side]);
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [input], [given], [output]);
            rows.AddRange(results[0].GetTensorDataAsSpan<float>());
        }

        Dimension = rows.Count / images.Count;
        return [.. rows];
    }

    public void Dispose() => session.Dispose();

    // The library has the colours of a pixel beside each other, ONNX models mostly one plane for each.
    private float[] Planes(IImageSet images, int index, IViewRecipe recipe, uint view)
    {
        byte[] pixels = [];
        (int height, int width) = images.Read(index, ref pixels);
        float[] interleaved = new float[Side * Side * 3];
        AugmentedView.Of(pixels.AsSpan(0, 3 * height * width), height, width, recipe, new ViewNumber(Seed: 7, Sample: (uint)index, View: view), interleaved);
        float[] planes = new float[interleaved.Length];
        for (int i = 0; i < interleaved.Length; i++) planes[(i % 3 * Side * Side) + (i / 3)] = interleaved[i];
        return planes;
    }
}
