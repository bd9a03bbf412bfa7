namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void AugmentViewsCore(Tensor pixels, ReadOnlySpan<ImagePlace> images, ReadOnlySpan<ViewRecipe> recipes, Tensor views) => throw new NotSupportedException();
}
