using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    // What of a block's shared memory is left to the sums of the warps.
    private const int SharedBytesOfSums = 1024;

    // Crops up to this size are read into shared memory once, in 16-byte pieces; larger ones would take the room of other blocks.
    private const int MostStagedBytes = 16 * 1024;

    private const int VectorBytes = 16;

    private ViewTask[] viewTasks = [];

    /// <inheritdoc/>
    private protected override void AugmentViewsCore(
        Tensor pixels, ReadOnlySpan<ImagePlace> images, ReadOnlySpan<ViewRecipe> recipes, Tensor views, PixelRange range)
    {
        if (views.Count == 0) return;
        if (views.Type == ElementType.BFloat16)
            AugmentViews(AugmentSharedKernel<BFloat16Element>, AugmentWorkspaceKernel<BFloat16Element>, pixels, images, recipes, views, range);
        else AugmentViews(AugmentSharedKernel<Float32Element>, AugmentWorkspaceKernel<Float32Element>, pixels, images, recipes, views, range);
    }

    private void AugmentViews(
        Delegate shared, Delegate workspace, Tensor pixels, ReadOnlySpan<ImagePlace> images, ReadOnlySpan<ViewRecipe> recipes, Tensor views, PixelRange range)
    {
        int height = views[1], width = views[2], count = recipes.Length;
        if (viewTasks.Length < count) viewTasks = new ViewTask[count];
        bool blurs = false;
        for (int i = 0; i < count; i++)
        {
            ref readonly ViewRecipe recipe = ref recipes[i];
            viewTasks[i] = new ViewTask(images[recipe.Image], recipe, height, width);
            blurs |= recipe.BlurSigma > 0;
        }

        int radius = blurs ? BlurRadius(height, width) : 0;
        ViewLayout layout = new(count, height, width, radius) { Range = range };
        DeviceSpan tasks = scratch.Take("view tasks", count, Unsafe.SizeOf<ViewTask>());
        device.Upload(MemoryMarshal.AsBytes(viewTasks.AsSpan(0, count)), tasks.Address);

        long bytesOfView = sizeof(float) * layout.Floats, room = device.SharedMemory.OfBlock - SharedBytesOfSums - bytesOfView;
        if (room >= 0)
        {
            // Crops beyond the room are read where they lie, so that no batch fails by the crops that it drew.
            long mostStaged = Math.Min(MostStagedBytes, room), staged = 0;
            foreach (ref readonly ViewTask task in viewTasks.AsSpan(0, count))
            {
                long bytes = ViewLayout.StagedBytesFor(task.Span);
                if (bytes <= mostStaged) staged = Math.Max(staged, bytes);
            }

            layout.StagedBytes = (int)staged;
            DeviceSpan vectors = new(pixels.DeviceAddress, pixels.Count / VectorBytes);
            Launch(shared, count, layout.Threads, (int)(staged + bytesOfView), pixels, vectors, tasks, views, KernelArgument.Of(layout));
            return;
        }

        int blocks = Math.Min(count, device.Multiprocessors);
        Launch(
            workspace, blocks, layout.Threads, 0, pixels, tasks, views, scratch.Take("views in the making", blocks * layout.Floats), KernelArgument.Of(layout));
    }

    /// <summary>
    /// One block makes one view in shared memory; the crop, if small, is read there first, so that global memory is read and written in whole sectors.
    /// </summary>
    [LaunchBounds(ViewLayout.MostThreads)]
    private static void AugmentSharedKernel<TElement>(
        ArrayView<byte> pixels, ArrayView<PixelVector> vectors, ArrayView<ViewTask> tasks, ArrayView<TElement> views, ViewLayout layout)
        where TElement : unmanaged, IElement<TElement>
    {
        ArrayView<PixelVector> memory = SharedMemory.GetDynamic<PixelVector>();
        int stagedVectors = layout.StagedBytes / VectorBytes;
        ArrayView<float> floats = memory.SubView(stagedVectors, memory.Length - stagedVectors).Cast<float>();
        int view = Grid.IdxX;
        ViewTask task = tasks[view];
        FillViewTables(floats, task, layout);
        long span = ((task.CropHeight - 1) * task.Pitch) + (3L * task.CropWidth);
        bool staged = span + (2 * VectorBytes) <= layout.StagedBytes;
        if (staged) StageCrop(pixels, vectors, memory, task.Corner, span);
        Group.Barrier();

        double luminance;
        if (staged) luminance = ResizeView(memory.Cast<byte>().SubView(task.Corner % VectorBytes, span), floats, task, layout);
        else luminance = ResizeView(pixels.SubView(task.Corner, span), floats, task, layout);
        FinishView(floats, task, luminance, layout);
        StoreView(floats, views.SubView(3L * layout.Pixels * view, 3L * layout.Pixels), layout);
    }

    /// <summary>A block makes one view after the other in its part of a workspace, for views that shared memory does not hold.</summary>
    [LaunchBounds(ViewLayout.MostThreads)]
    private static void AugmentWorkspaceKernel<TElement>(
        ArrayView<byte> pixels, ArrayView<ViewTask> tasks, ArrayView<TElement> views, ArrayView<float> workspace, ViewLayout layout)
        where TElement : unmanaged, IElement<TElement>
    {
        ArrayView<float> floats = workspace.SubView(Grid.IdxX * layout.Floats, layout.Floats);
        for (int view = Grid.IdxX; view < layout.Views; view += Grid.DimX)
        {
            ViewTask task = tasks[view];
            FillViewTables(floats, task, layout);
            Group.Barrier();
            double luminance = ResizeView(pixels.SubView(task.Corner, pixels.Length - task.Corner), floats, task, layout);
            FinishView(floats, task, luminance, layout);
            StoreView(floats, views.SubView(3L * layout.Pixels * view, 3L * layout.Pixels), layout);
            Group.Barrier();
        }
    }

    private static void FillViewTables(ArrayView<float> floats, ViewTask task, ViewLayout layout)
    {
        DeviceResizeAxis.Fill(floats, task.CropHeight, layout.Height, task.RowTaps, false, 1 / 255.0);
        DeviceResizeAxis.Fill(layout.Columns(floats), task.CropWidth, layout.Width, task.ColumnTaps, task.Flip != 0, 1);
        if (layout.Radius > 0 && task.BlurSigma > 0) DeviceGaussianBlur.FillWeights(layout.Weights(floats), task.BlurSigma, layout.Radius);
    }

    private static void StageCrop(ArrayView<byte> pixels, ArrayView<PixelVector> vectors, ArrayView<PixelVector> memory, long corner, long span)
    {
        long first = corner / VectorBytes, behind = Tiling.Blocks(corner + span, VectorBytes);
        for (int i = Group.IdxX; first + i < behind; i += Group.DimX)
        {
            if (first + i < vectors.Length)
            {
                memory[i] = vectors[first + i];
                continue;
            }

            // The bytes behind the last whole vector of the data set.
            for (long at = (first + i) * VectorBytes; at < pixels.Length; at++) memory.Cast<byte>()[at - (first * VectorBytes)] = pixels[at];
        }
    }

    // Crop, resize, flip and the colour steps before the first contrast; a thread has the same pixels here and in the steps behind it.
    private static double ResizeView(ArrayView<byte> crop, ArrayView<float> floats, ViewTask task, ViewLayout layout)
    {
        ArrayView<float> planes = layout.Planes(floats), columnTable = layout.Columns(floats);
        DeviceResizeAxis rows = new(task.CropHeight, layout.Height, task.RowTaps), columns = new(task.CropWidth, layout.Width, task.ColumnTaps);
        int from = task.JitterOrder < 0 ? 4 : 0, to = PixelColor.NextContrast(task.JitterOrder, from);
        bool gray = task.Gray != 0 && to == 4;
        double luminance = 0;
        for (int i = Group.IdxX; i < layout.Pixels; i += Group.DimX)
        {
            int y = i / layout.Width;
            PixelColor pixel = DeviceResizeAxis.Pixel(crop, task.Pitch, rows, floats, columns, columnTable, y, i - (y * layout.Width));
            pixel = PixelColor.Jitter(pixel, task, from, to, 0);
            float ofPixel = PixelColor.Luminance(pixel);
            luminance += ofPixel;
            if (gray) pixel = new(ofPixel, ofPixel, ofPixel);
            layout.Store(planes, i, pixel);
        }

        return luminance;
    }

    // Contrast and the colour steps behind it, then the blur. The sum comes in and is carried on in double: a large view has many pixels per thread.
    private static void FinishView(ArrayView<float> floats, ViewTask task, double luminance, ViewLayout layout)
    {
        ArrayView<float> planes = layout.Planes(floats);
        int from = PixelColor.NextContrast(task.JitterOrder, task.JitterOrder < 0 ? 4 : 0);
        while (from < 4)
        {
            float mean = (float)(SumOfBlock(luminance) / layout.Pixels);
            int to = PixelColor.NextContrast(task.JitterOrder, from + 1);
            bool gray = task.Gray != 0 && to == 4;
            luminance = 0;
            for (int i = Group.IdxX; i < layout.Pixels; i += Group.DimX)
            {
                PixelColor pixel = PixelColor.Jitter(layout.Load(planes, i), task, from, to, mean);
                float ofPixel = PixelColor.Luminance(pixel);
                luminance += ofPixel;
                if (gray) pixel = new(ofPixel, ofPixel, ofPixel);
                layout.Store(planes, i, pixel);
            }

            from = to;
        }

        Group.Barrier();
        if (layout.Radius == 0 || task.BlurSigma <= 0) return;
        ArrayView<float> weights = layout.Weights(floats), blurred = layout.Blurred(floats);
        float inverse = DeviceGaussianBlur.InverseSum(weights, layout.Radius);
        for (int channel = 0; channel < 3; channel++)
        {
            ArrayView<float> plane = planes.SubView((long)channel * layout.Stride, layout.Pixels);
            DeviceGaussianBlur.Rows(plane, blurred, weights, inverse, layout.Height, layout.Width, layout.Radius);
            Group.Barrier();
            DeviceGaussianBlur.Columns(blurred, plane, weights, inverse, layout.Height, layout.Width, layout.Radius);
            Group.Barrier();
        }
    }

    private static void StoreView<TElement>(ArrayView<float> floats, ArrayView<TElement> view, ViewLayout layout)
        where TElement : unmanaged, IElement<TElement>
    {
        ArrayView<float> planes = layout.Planes(floats);
        for (int i = Group.IdxX; i < 3 * layout.Pixels; i += Group.DimX)
        {
            int pixel = i / 3, channel = i - (3 * pixel);
            float value = planes[((long)channel * layout.Stride) + pixel];
            view[i] = TElement.FromFloat((value * layout.Range.Factor(channel)) + layout.Range.Shift(channel));
        }
    }

    // Lanes by a tree, warps in their order: the same bits in every run.
    private static double SumOfBlock(double value)
    {
        ArrayView<double> ofWarps = SharedMemory.Allocate<double>(32);
        for (int distance = 16; distance > 0; distance >>= 1) value += Warp.ShuffleXor(value, distance);
        Group.Barrier(); // A view with two contrasts sums twice.
        if (Warp.LaneIdx == 0) ofWarps[Group.IdxX / 32] = value;
        Group.Barrier();
        double sum = 0;
        for (int warp = 0; warp < Group.DimX / 32; warp++) sum += ofWarps[warp];
        return sum;
    }

    // 16 bytes, which move at once.
    private readonly record struct PixelVector(int First, int Second, int Third, int Fourth);
}
