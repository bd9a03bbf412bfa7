using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>What turns views into rows of numbers: a <see cref="Model"/>, or a network that another program made.</summary>
internal interface IViewEncoder
{
    /// <summary>Rows and columns of a view.</summary>
    int Side { get; }

    /// <summary>The range that it wants their numbers in.</summary>
    PixelRange Range { get; }

    /// <summary>The most views that are given at a time. Which views are given together follows from it and from nothing of the machine.</summary>
    int ViewsPerPass { get; }

    /// <summary>F, the length of a row of features.</summary>
    int FeatureDimension { get; }

    /// <summary>D, the length of a row behind the head; 0 where there is none.</summary>
    int EmbeddingDimension { get; }

    /// <summary>Reserves memory for so many views at a time.</summary>
    /// <param name="views">The most views.</param>
    void Prepare(int views);

    /// <summary>Embeds views.</summary>
    /// <param name="views">Float32 [n, side, side, 3], in that range, red first.</param>
    /// <param name="encoder">Receives [n, F].</param>
    /// <param name="embedding">Receives the rows behind the head before they are scaled, [n, D].</param>
    /// <param name="head">Receives the same as unit rows.</param>
    void Embed(Tensor views, Span<float> encoder, Span<float> embedding, Span<float> head);
}
