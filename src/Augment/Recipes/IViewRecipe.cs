using NegSamples.Kernels;

namespace NegSamples.Augment.Recipes;

/// <summary>Decides how a view is made of an image, without touching a pixel.</summary>
public interface IViewRecipe
{
    /// <summary>The choices for one view: a pure function of the arguments.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="sample">The sample's index in its image set.</param>
    /// <param name="view">Which view of the sample.</param>
    /// <param name="height">Rows of the source image.</param>
    /// <param name="width">Columns of the source image.</param>
    /// <returns>The recipe; <see cref="ViewRecipe.Image"/> is 0 and for the caller to set.</returns>
    ViewRecipe Draw(ulong seed, uint epoch, uint sample, uint view, int height, int width);
}
