using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <summary>dw [O, taps·C] += dyᵀ [O, pixels] · im2col(x) [pixels, taps·C], pixels in runs and columns in groups of panels.</summary>
    /// <remarks>
    /// Small weights get several runs of pixels, each with its own sum, added up in the order of the runs; large ones are cut by
    /// columns instead. Both cuts depend on the shape alone.
    /// </remarks>
    private protected override unsafe void Conv2dBackwardWeightCore(Tensor x, Tensor dy, Tensor dw, int stride, int padding)
    {
        const long partialBudget = 1 << 20; // floats: the sums of all runs together
        const int wantedChunks = 16;
        bool isBFloat16 = x.Type == ElementType.BFloat16;
        if (isBFloat16 && AllowWinograd && BFloat16WinogradWeights.Suits(x, dw, dy, stride))
        {
            BFloat16WinogradWeights tiles = new()
            {
                X = x.BFloat16Pointer, Dy = dy.BFloat16Pointer, Scratch = Scratch, Images = x[0], Height = x[1], Width = x[2], Channels = x[3],
                OutputHeight = dy[1], OutputWidth = dy[2], Outputs = dw[0], Padding = padding,
            };
            tiles.Plan(2 * partialBudget, Workers.Threads);
            tiles.Sums = Scratch.Shared(tiles.Runs * tiles.SumFloats);
            Workers.Run(tiles.Chunks, tiles);
            BFloat16WinogradWeights.FromPoints adding = tiles.Adding(dw.FloatPointer);
            Workers.Run(adding.Chunks, adding);
            return;
        }

        if (isBFloat16)
        {
            BFloat16WeightGradient gradient = new()
            {
                X = x.BFloat16Pointer, Dy = dy.BFloat16Pointer, Scratch = Scratch, Images = x[0], Height = x[1], Width = x[2], Channels = x[3],
                OutputHeight = dy[1], OutputWidth = dy[2], Outputs = dw[0], KernelHeight = dw[1], KernelWidth = dw[2], Stride = stride, Padding = padding,
            };
            gradient.LayPixelsInOneRow();
            gradient.Plan(partialBudget, wantedChunks);
            gradient.Partials = Scratch.Shared(gradient.Runs * gradient.SumFloats);
            Workers.Run(gradient.Chunks, gradient);
            BFloat16WeightGradient.AddSums adding = gradient.Adding(dw.FloatPointer);
            Workers.Run(adding.Chunks, adding);
            return;
        }

        if (AllowWinograd && WinogradConvolution.Suits(x, dw, dy, stride))
        {
            int winogradRuns = WinogradBackwardWeight.RunsFor(dw[0], dw[3]);
            WinogradBackwardWeight points = new()
            {
                X = x.FloatPointer, Dy = dy.FloatPointer, Sums = Scratch.Shared(winogradRuns * WinogradBackwardWeight.SumFloats(dw[0], dw[3])),
                Scratch = Scratch,
                Images = x[0], Height = x[1], ImageWidth = x[2], Channels = x[3], OutputHeight = dy[1], OutputWidth = dy[2], Outputs = dw[0],
                Padding = padding, Runs = winogradRuns,
            };
            Workers.Run(points.Chunks, points);
            Workers.Run(dw[0], new WinogradWeightsFromPoints { Sums = points.Sums, Dw = dw.FloatPointer, Outputs = dw[0], Channels = dw[3],
                Runs = winogradRuns });
            return;
        }

        int columns = dw[1] * dw[2] * dw[3], outputs = dw[0];
        long pixels = (long)dy[0] * dy[1] * dy[2];
        int runs = (int)Math.Clamp(partialBudget / dw.Count, 1, 8);
        runs = (int)Math.Min(runs, (pixels + 1023) / 1024);
        int panels = Tiling.Blocks(columns, MicroKernel.TileColumns);
        int groups = Math.Min(panels, Tiling.Blocks(wantedChunks, runs));
        WeightGradient work = new()
        {
            X = x.FloatPointer, Dy = dy.FloatPointer, Partials = Scratch.Shared(runs * dw.Count), Scratch = Scratch,
            Pixels = pixels, PixelsPerRun = Tiling.Blocks(pixels, runs), Runs = runs, PanelsPerGroup = Tiling.Blocks(panels, groups),
            Height = x[1], Width = x[2], Channels = x[3], OutputHeight = dy[1], OutputWidth = dy[2], Outputs = outputs, KernelWidth = dw[2],
            Columns = columns, Stride = stride, Padding = padding,
        };
        Workers.Run(runs * Tiling.Blocks(panels, work.PanelsPerGroup), work);
        Workers.Run(Tiling.Blocks((int)dw.Count, AddPartialSums.PerChunk),
            new AddPartialSums { Partials = work.Partials, Dw = dw.FloatPointer, Count = (int)dw.Count, Runs = runs });
    }

    private unsafe struct WeightGradient : IChunks
    {
        /// <summary>Pixels of one pass: a panel of 128 x 32 (16 KiB) and strips of dy share the first-level cache.</summary>
        private const int PixelBlock = 128;

        private const int Rows = MicroKernel.TileRows, PanelColumns = MicroKernel.TileColumns;

        public float* X, Dy, Partials;
        public Scratch Scratch;
        public long Pixels, PixelsPerRun;
        public int Runs, PanelsPerGroup, Height, Width, Channels, OutputHeight, OutputWidth, Outputs, KernelWidth, Columns, Stride, Padding;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int run = chunk % Runs, group = chunk / Runs;
            int firstColumn = group * PanelsPerGroup * PanelColumns, lastColumn = Math.Min(Columns, firstColumn + (PanelsPerGroup * PanelColumns));
            long first = run * PixelsPerRun, last = Math.Min(Pixels, first + PixelsPerRun);
            float* partial = Partials + ((long)run * Outputs * Columns);
            int raggedOutputs = Outputs % Rows;
            float* panel = Scratch.OfWorker(worker, PixelBlock * (PanelColumns + Rows));
            float* strip = panel + (PixelBlock * PanelColumns);
            for (long pixel = first; pixel < last; pixel += PixelBlock)
            {
                int depth = (int)Math.Min(PixelBlock, last - pixel);
                float* dy = Dy + (pixel * Outputs);
                bool accumulate = pixel > first;
                if (raggedOutputs > 0) Pack.Strip(dy, Outputs, true, Outputs - raggedOutputs, raggedOutputs, depth, strip);
                for (int column = firstColumn; column < lastColumn; column += PanelColumns)
                {
                    int columns = Math.Min(PanelColumns, lastColumn - column);
                    PackPanel(pixel, depth, column, columns, panel);
                    int o = 0;
                    for (; o + Rows <= Outputs; o += Rows)
                        MicroKernel.StripTimesPanel(dy + o, Outputs, depth, panel, partial + ((long)o * Columns) + column, Columns, Rows, columns, accumulate);
                    if (raggedOutputs > 0)
                        MicroKernel.StripTimesPanel(strip, Rows, depth, panel, partial + ((long)o * Columns) + column, Columns, raggedOutputs, columns,
                            accumulate);
                }
            }

            if (first >= last)
            {
                // A run without pixels: the batch is small. Its sum is zero.
                for (int o = 0; o < Outputs; o++) new Span<float>(partial + ((long)o * Columns) + firstColumn, lastColumn - firstColumn).Clear();
            }
        }

        /// <summary>panel[k][j] = the input that output pixel (pixel + k) meets in column (column + j) = tap·C + c.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void PackPanel(long pixel, int depth, int column, int columns, float* panel)
        {
            // Taps side by side in the window are side by side in the image: a piece is all that the panel has of one row of the window.
            int windowRow = KernelWidth * Channels;
            for (int j = 0; j < columns;)
            {
                int offset = (column + j) % windowRow, length = Math.Min(columns - j, windowRow - offset);
                PackPiece(pixel, depth, ((column + j) / windowRow) - Padding, offset, length, panel + j);
                j += length;
            }

            if (columns == PanelColumns) return;
            for (int k = 0; k < depth; k++) new Span<float>(panel + (k * PanelColumns) + columns, PanelColumns - columns).Clear();
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void PackPiece(long pixel, int depth, int tapTop, int offset, int length, float* target)
        {
            int q = (int)(pixel % OutputWidth), p = (int)(pixel / OutputWidth % OutputHeight);
            long n = pixel / OutputWidth / OutputHeight;
            for (int k = 0; k < depth;)
            {
                // One row of output pixels at a time, so that the row's bounds are looked at once.
                int inRow = Math.Min(depth - k, OutputWidth - q);
                int row = (p * Stride) + tapTop;
                bool rowInside = (uint)row < (uint)Height;
                float* source = X + (((n * Height) + row) * Width * Channels);
                for (int i = 0; i < inRow; i++)
                {
                    int first = ((((q + i) * Stride) - Padding) * Channels) + offset, inRowOfImage = Width * Channels;
                    if (rowInside && first >= 0 && first + length <= inRowOfImage)
                    {
                        new ReadOnlySpan<float>(source + first, length).CopyTo(new Span<float>(target, length));
                    }
                    else
                    {
                        new Span<float>(target, length).Clear();
                        int from = Math.Max(0, -first), to = Math.Min(length, inRowOfImage - first);
                        if (rowInside && from < to) new ReadOnlySpan<float>(source + first + from, to - from).CopyTo(new Span<float>(target + from, to - from));
                    }

                    target += PanelColumns;
                }

                k += inRow;
                q = 0;
                if (++p == OutputHeight)
                {
                    p = 0;
                    n++;
                }
            }
        }
    }

    private unsafe struct AddPartialSums : IChunks
    {
        public const int PerChunk = 16384;
        public float* Partials, Dw;
        public int Count, Runs;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int first = chunk * PerChunk, length = Math.Min(PerChunk, Count - first);
            Span<float> dw = new(Dw + first, length);
            for (int run = 0; run < Runs; run++)
                System.Numerics.Tensors.TensorPrimitives.Add(dw, new ReadOnlySpan<float>(Partials + ((long)run * Count) + first, length), dw);
        }
    }
}
