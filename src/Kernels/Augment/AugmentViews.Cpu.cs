using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void AugmentViewsCore(
        Tensor pixels, ReadOnlySpan<ImagePlace> images, ReadOnlySpan<ViewRecipe> recipes, Tensor views, PixelRange range)
    {
        fixed (ImagePlace* places = images)
        fixed (ViewRecipe* choices = recipes)
        {
            Workers.Run(recipes.Length, new AugmentedViews
            {
                Pixels = pixels.BytePointer, Images = places, Recipes = choices, Views = views.Type == ElementType.BFloat16 ? null : views.FloatPointer,
                RoundedViews = views.Type == ElementType.BFloat16 ? views.BFloat16Pointer : null, Height = views[1], Width = views[2],
                Range = range, Scratch = Scratch,
            });
        }
    }

    /// <summary>One view per chunk, from crop to blur on three planes of one thread's memory: a view of 32 x 32 stays in the first-level cache.</summary>
    private unsafe struct AugmentedViews : IChunks
    {
        public byte* Pixels;
        public ImagePlace* Images;
        public ViewRecipe* Recipes;
        public float* Views;
        public ushort* RoundedViews;
        public int Height, Width;
        public PixelRange Range;
        public Scratch Scratch;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            ViewRecipe recipe = Recipes[chunk];
            ImagePlace place = Images[recipe.Image];
            int pixels = Height * Width, stride = Planes.StrideFor(pixels), radius = recipe.BlurSigma > 0 ? BlurRadius(Height, Width) : 0;
            int resizing = CropResize.FloatsFor(recipe.CropHeight, recipe.CropWidth, Height, Width);
            float* memory = Scratch.OfWorker(worker, (3L * stride) + Math.Max(resizing, radius > 0 ? GaussianBlur.FloatsFor(Height, Width, radius) : 0));
            Planes planes = new(memory, stride, pixels);
            float* workspace = memory + (3L * stride);

            byte* corner = Pixels + place.Offset + (3 * (((long)recipe.CropTop * place.Width) + recipe.CropLeft));
            CropResize.Run(corner, 3L * place.Width, recipe.CropHeight, recipe.CropWidth, recipe.Flip != 0, planes, Height, Width, workspace);
            if (recipe.Jitter != 0)
            {
                for (int step = 0; step < 4; step++) Jitter((recipe.JitterOrder >> (2 * step)) & 3, recipe, planes);
            }

            if (recipe.Gray != 0) ColorJitter.Gray(planes);
            if (radius > 0) GaussianBlur.Run(planes, Height, Width, recipe.BlurSigma, radius, workspace);
            if (Range != PixelRange.Unit) planes.Rescale(Range);
            if (RoundedViews != null) planes.InterleaveRounded(RoundedViews + (3L * pixels * chunk));
            else planes.Interleave(Views + (3L * pixels * chunk));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Jitter(int step, in ViewRecipe recipe, Planes planes)
        {
            switch (step)
            {
                case 0: ColorJitter.Brightness(planes, recipe.Brightness); break;
                case 1: ColorJitter.Contrast(planes, recipe.Contrast); break;
                case 2: ColorJitter.Saturation(planes, recipe.Saturation); break;
                default: ColorJitter.Hue(planes, recipe.Hue); break;
            }
        }
    }
}
