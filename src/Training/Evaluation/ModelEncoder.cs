using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>A model in inference.</summary>
/// <param name="model">The model.</param>
internal sealed class ModelEncoder(Model model) : IViewEncoder
{
    /// <summary>Views of a pass of every model.</summary>
    public const int Views = 256;

    public int Side => model.Settings.ImageHeight;

    public PixelRange Range => model.Settings.Pixels;

    public int ViewsPerPass => Views;

    public int FeatureDimension => model.FeatureDimension;

    public int EmbeddingDimension => model.EmbeddingDimension;

    public void Prepare(int views) => model.Prepare(views, training: false);

    public void Embed(Tensor views, Span<float> encoder, Span<float> embedding, Span<float> head)
    {
        Tensor features = model.Encode(views, training: false);
        model.Ops.Download(features, encoder);
        model.Ops.Download(model.Project(features, training: false), head);
        model.Ops.Download(model.Embedding, embedding);
    }
}
