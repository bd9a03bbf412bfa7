using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>The weight gradient of a convolution in bfloat16: dwᵀ [taps·C, O] = Σ pixels im2col(x)ᵀ · dy, both sides as words of two neighbouring pixels.</summary>
/// <remarks>
/// Two output pixels side by side meet inputs that are <c>stride</c> apart, which pair differs from tap to tap of a row. So a block of images is copied once for
/// each column s of the window, as words [image][row][pair of outputs][channel], the rows of one remainder by the stride behind each other: then what a tap
/// meets of all output rows of an image lies in one piece, and 8 channels of it are a strip that no im2col copies again. dy is the panel. Inputs with few
/// channels, the first convolution's, are copied as a whole window for each pixel instead.
/// <para>A chunk is a few channels and a run of blocks with a sum of its own; the runs are added up in their order. All cuts are by the shape alone.</para>
/// </remarks>
internal unsafe struct BFloat16WeightGradient : IChunks
{
    // Pairs of pixels of a block: so deep a product that its sums, of up to 9 MB, are seldom touched.
    private const int BlockPairs = 512;

    // Words of a block's copy: with a panel beside it within a second-level cache of 1 MiB.
    private const int BlockWords = 128 << 10;

    // Rows of the sums that a panel of dy is copied for: copying costs a few percent of so many products.
    private const int SumRowsOfChunk = 256;

    // Numbers that are laid side by side at a time; a window is rounded up to whole ones.
    private const int Lanes = 16;

    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    /// <summary>Floats of a thread at most, for images of up to some hundred pixels a side: a block's copy, its panel, and rows of an image.</summary>
    public const long WorkerFloats = BlockWords + (BlockPairs * Columns) + (16 << 10);

    public ushort* X, Dy;
    public float* Partials;
    public Scratch Scratch;
    public int Images, Height, Width, Channels, OutputHeight, OutputWidth, Outputs, KernelHeight, KernelWidth, Stride, Padding;

    private int runs, chunkChannels, bandRows, blockImages;

    /// <summary>How many sums there are, each of <see cref="SumFloats"/>.</summary>
    public readonly int Runs => runs;

    /// <summary>Whether a pixel's whole window is one row of words.</summary>
    private readonly bool CopiesWindows => Channels < Rows;

    private readonly int Window => KernelHeight * KernelWidth * Channels;

    private readonly int Pairs => (OutputWidth + 1) / 2;

    private readonly int Taps => CopiesWindows ? 1 : KernelHeight * KernelWidth;

    /// <summary>Rows of the sums for one tap.</summary>
    private readonly int SumRowsOfTap => Tiling.RoundUp(CopiesWindows ? Window : Channels, Rows);

    /// <summary>Floats of one row of the sums.</summary>
    private readonly int SumColumns => Tiling.RoundUp(Outputs, Columns);

    /// <summary>Floats of one run's sums, [taps·C][O], both filled up to whole tiles.</summary>
    public readonly long SumFloats => (long)Taps * SumRowsOfTap * SumColumns;

    public readonly int Chunks => runs * ChannelBlocks;

    private readonly int ChannelBlocks => CopiesWindows ? 1 : Tiling.Blocks(Channels, chunkChannels);

    private readonly int Bands => Tiling.Blocks(OutputHeight, bandRows);

    private readonly int Blocks => Tiling.Blocks(Images, blockImages) * Bands;

    /// <summary>
    /// A convolution that reads one pixel for each does not ask where it lies: an image of rows of odd length, each of which would leave half a word empty, is one
    /// row, and two images are where there are as many.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void LayPixelsInOneRow()
    {
        if (KernelHeight * KernelWidth * Stride != 1 || Padding != 0 || OutputWidth % 2 == 0) return;
        int together = OutputHeight % 2 != 0 && Images % 2 == 0 ? 2 : 1;
        if (together * Height * Width / 2 > BlockPairs) return;
        (Images, Height, Width) = (Images / together, 1, together * Height * Width);
        (OutputHeight, OutputWidth) = (Height, Width);
    }

    /// <summary>Cuts the work.</summary>
    /// <param name="partialBudget">Floats of all runs' sums together.</param>
    /// <param name="wantedChunks">About so many, where there are.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plan(long partialBudget, int wantedChunks)
    {
        chunkChannels = CopiesWindows ? SumRowsOfTap : Math.Min(Tiling.RoundUp(Channels, Rows), Tiling.RoundUp(Tiling.Blocks(SumRowsOfChunk, Taps), Columns));
        long wordsOfRow = (long)Planes * Pairs * chunkChannels;
        int halo = CopiedRows(0);
        bandRows = (int)Math.Clamp(Math.Min(BlockPairs / Pairs, (BlockWords / wordsOfRow) - halo), 1, OutputHeight);
        bandRows = Tiling.Blocks(OutputHeight, Tiling.Blocks(OutputHeight, bandRows)); // bands of about the same height
        blockImages = bandRows < OutputHeight ? 1
            : (int)Math.Clamp(Math.Min(BlockPairs / (Pairs * OutputHeight), BlockWords / (wordsOfRow * (OutputHeight + halo))), 1, Images);
        runs = (int)Math.Clamp(partialBudget / SumFloats, 1, Tiling.Blocks(wantedChunks, ChannelBlocks));
        runs = Math.Min(runs, Blocks);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int run = chunk % runs, channel = chunk / runs * chunkChannels, channels = CopiesWindows ? Window : Math.Min(chunkChannels, Channels - channel);
        int strips = Tiling.RoundUp(channels, Rows);
        long planeWords = (long)blockImages * CopiedRows(bandRows) * Pairs * chunkChannels, panelWords = (long)blockImages * bandRows * Pairs * Columns;
        int zeroNumbers = Math.Max(chunkChannels, Columns);
        uint* copy = (uint*)Scratch.OfWorker(worker, (Planes * planeWords) + panelWords + Lanes + (zeroNumbers / 2) + WindowRowFloats);
        uint* panel = copy + (Planes * planeWords) + Lanes;
        ushort* zeros = (ushort*)(panel + panelWords);
        new Span<ushort>(zeros, zeroNumbers).Clear();
        int first = (int)((long)Blocks * run / runs), last = (int)((long)Blocks * (run + 1) / runs);
        for (int block = first; block < last; block++)
        {
            int image = block / Bands * blockImages, images = Math.Min(blockImages, Images - image);
            int top = block % Bands * bandRows, rows = Math.Min(bandRows, OutputHeight - top);
            if (CopiesWindows) CopyWindows(image, images, top, rows, copy, zeros + zeroNumbers);
            else CopyPlanes(image, images, top, rows, channel, channels, copy, planeWords, zeros);
            for (int output = 0; output < Outputs; output += Columns)
            {
                CopyPanel(image, images, top, rows, output, panel, zeros);
                ushort* next = output + Columns < Outputs ? DyRow(image, top) + output + Columns : null;
                float* sums = Partials + (run * SumFloats) + ((long)channel * SumColumns) + output;
                Multiply(images, rows, strips, copy, planeWords, panel, sums, block > first, next);
            }
        }
    }

    /// <remarks>
    /// The next panel takes one line of memory of each pixel, far apart: they are asked for meanwhile, some with each tile, or copying would wait for each.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(
        int images, int rows, int strips, uint* copy, long planeWords, uint* panel, float* sums, bool accumulate, ushort* next)
    {
        long rowWords = (long)Pairs * strips;
        int asked = next == null ? 0 : images * rows * OutputWidth, askedAtOnce = Tiling.Blocks(asked, Taps * strips / Rows);
        for (int tap = 0; tap < Taps; tap++, sums += (long)SumRowsOfTap * SumColumns)
        {
            uint* plane = copy;
            if (!CopiesWindows)
            {
                (int remainder, int down) = Down((tap / KernelWidth) - Padding);
                plane += (((PlaceOf(remainder) * KernelWidth) + (tap % KernelWidth)) * planeWords) + ((down - LeastDown(remainder)) * rowWords);
            }

            for (int strip = 0; strip < strips; strip += Rows)
            {
                for (int i = Math.Min(asked, askedAtOnce); i > 0; i--, asked--, next += Outputs) Prefetch.ToSecondLevel((float*)next, 1);
                if (strip + Rows < strips) Prefetch.Tile(sums + ((long)(strip + Rows) * SumColumns), SumColumns);
                BFloat16Kernel.SegmentsTimesPanel(
                    plane + strip, strips, images, rows * Pairs, CopiedRows(rows) * rowWords, panel, sums + ((long)strip * SumColumns), SumColumns, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly ushort* DyRow(long image, int row) => Dy + (((image * OutputHeight) + row) * OutputWidth * Outputs);

    /// <summary>32 columns of dy as [image][row][pair][32].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void CopyPanel(int image, int images, int top, int rows, int output, uint* panel, ushort* zeros)
    {
        int count = Math.Min(Columns, Outputs - output), wholePairs = OutputWidth / 2;
        for (int row = 0; row < images * rows; row++)
        {
            ushort* source = DyRow(image + (row / rows), top + (row % rows)) + output;
            for (int pair = 0; pair < Pairs; pair++, source += 2 * Outputs, panel += Columns)
            {
                ushort* odd = pair < wholePairs ? source + Outputs : zeros;
                if (count == Columns)
                {
                    BFloat16Rows.InterleaveThirtyTwo(source, odd, panel);
                    continue;
                }

                BFloat16Rows.Interleave(source, odd, count, panel);
                new Span<uint>(panel + count, Columns - count).Clear();
            }
        }
    }

    /// <summary>x for each remainder of rows and each column of the window, [remainder][s][image][row][pair][channels].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void CopyPlanes(int image, int images, int top, int rows, int channel, int channels, uint* copy, long planeWords, ushort* zeros)
    {
        int strips = Tiling.RoundUp(channels, Rows), copied = CopiedRows(rows), wholePairs = OutputWidth / 2;
        for (int remainder = 0; remainder < Stride; remainder++)
        {
            int place = PlaceOf(remainder), least = LeastDown(remainder);
            if (place < 0) continue;
            for (int s = 0; s < KernelWidth; s++)
            {
                uint* target = copy + (((place * KernelWidth) + s) * planeWords);
                for (int row = 0; row < images * copied; row++)
                {
                    int h = ((top + least + (row % copied)) * Stride) + remainder;
                    if ((uint)h >= (uint)Height)
                    {
                        new Span<uint>(target, Pairs * strips).Clear();
                        target += (long)Pairs * strips;
                        continue;
                    }

                    ushort* source = X + (((((long)image + (row / copied)) * Height) + h) * Width * Channels) + channel;
                    for (int pair = 0; pair < Pairs; pair++, target += strips)
                    {
                        int left = (2 * pair * Stride) + s - Padding, right = left + Stride;
                        ushort* even = (uint)left < (uint)Width ? source + ((long)left * Channels) : zeros;
                        ushort* odd = (uint)right < (uint)Width && pair < wholePairs ? source + ((long)right * Channels) : zeros;
                        int c = 0;
                        for (; c + Columns <= channels; c += Columns) BFloat16Rows.InterleaveThirtyTwo(even + c, odd + c, target + c);
                        if (c == strips) continue;
                        BFloat16Rows.Interleave(even + c, odd + c, channels - c, target + c);
                        for (c = channels; c < strips; c++) target[c] = 0;
                    }
                }
            }
        }
    }

    /// <summary>x as a row of words for each pair of output pixels, [image][row][pair][window], filled up with zeros.</summary>
    /// <remarks>
    /// What is copied beyond a row of the window is written over by what follows: the next row, the zeros, the next pair. The last pair's lies between the copy
    /// and the panel.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void CopyWindows(int image, int images, int top, int rows, uint* copy, ushort* windowRows)
    {
        int windowRow = KernelWidth * Channels, length = WindowRowNumbers, step = Stride * Channels, strips = chunkChannels, wholePairs = OutputWidth / 2;
        ushort* nothing = windowRows + (KernelHeight * length);
        new Span<ushort>(windowRows, (KernelHeight + 1) * length).Clear();
        for (int row = 0; row < images * rows; row++)
        {
            for (int r = 0; r < KernelHeight; r++)
            {
                // The row of the image that this row of the window meets; the zeros to both sides stay.
                int h = ((top + (row % rows)) * Stride) + r - Padding;
                Span<ushort> within = new(windowRows + (r * length) + (Padding * Channels), Width * Channels);
                if ((uint)h >= (uint)Height) within.Clear();
                else new ReadOnlySpan<ushort>(X + ((((long)image + (row / rows)) * Height) + h) * Width * Channels, Width * Channels).CopyTo(within);
            }

            for (int pair = 0; pair < Pairs; pair++, copy += strips)
            {
                for (int r = 0; r < KernelHeight; r++)
                {
                    ushort* even = windowRows + (r * length) + (2 * pair * step), odd = pair < wholePairs ? even + step : nothing;
                    for (int i = 0; i < windowRow; i += Lanes) BFloat16Rows.InterleaveSixteen(even + i, odd + i, copy + (r * windowRow) + i);
                }

                for (int i = Window; i < strips; i++) copy[i] = 0;
            }
        }
    }

    /// <summary>Numbers of a padded row of the image: what the last window reads, and the whole image where that is more.</summary>
    private readonly int WindowRowNumbers => (Math.Max((2 * Pairs * Stride) + KernelWidth, Width + (2 * Padding)) * Channels) + Lanes;

    private readonly long WindowRowFloats => CopiesWindows ? ((KernelHeight + 1L) * WindowRowNumbers / 2) + 1 : 0;

    /// <summary>Copies of a block: for each remainder of rows and each column of the window.</summary>
    private readonly int Planes => CopiesWindows ? 1 : Math.Min(Stride, KernelHeight) * KernelWidth;

    /// <summary>Rows that a block copies for so many output rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int CopiedRows(int rows) => CopiesWindows ? rows : rows + ((KernelHeight - 1) / Stride);

    /// <summary>An input row's distance below output row 0 as a whole number of strides and a remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly (int Remainder, int Down) Down(int distance)
    {
        int remainder = ((distance % Stride) + Stride) % Stride;
        return (remainder, (distance - remainder) / Stride);
    }

    /// <summary>The first row of the window that has a remainder, which is its place among the copies; −1 where none has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int PlaceOf(int remainder)
    {
        for (int r = 0; r < Math.Min(Stride, KernelHeight); r++)
        {
            if (Down(r - Padding).Remainder == remainder) return r;
        }

        return -1;
    }

    /// <summary>The least distance of a row with that remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int LeastDown(int remainder) => PlaceOf(remainder) < 0 ? 0 : Down(PlaceOf(remainder) - Padding).Down;

    /// <summary>dw [O, taps·C] += the sums of all runs in their order, 16 rows of the sums, whole lines of dw, a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly AddSums Adding(float* dw) => new() { Gradient = this, Dw = dw };

    internal struct AddSums : IChunks
    {
        public BFloat16WeightGradient Gradient;
        public float* Dw;

        public readonly int Chunks => Gradient.Taps * ChunksOfTap;

        private readonly int ChunksOfTap => Tiling.Blocks(Gradient.SumRowsOfTap, Lanes);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int columns = Gradient.SumColumns, ofTap = Gradient.SumRowsOfTap, tap = chunk / ChunksOfTap, within = chunk % ChunksOfTap * Lanes;
            int rows = Math.Min(Lanes, ofTap - within), count = Math.Min(rows, (Gradient.CopiesWindows ? Gradient.Window : Gradient.Channels) - within);
            float* sums = Gradient.Partials + ((((long)tap * ofTap) + within) * columns), turned = Gradient.Scratch.OfWorker(worker, (long)Lanes * columns);
            for (int run = 1; run < Gradient.runs; run++)
                TensorPrimitives.Add(
                    new ReadOnlySpan<float>(sums, rows * columns), new ReadOnlySpan<float>(sums + (run * Gradient.SumFloats), rows * columns), new(sums, rows * columns));
            for (int row = 0; row < rows; row += Rows) Transpose.EightRows(sums + ((long)row * columns), columns, columns, turned + row, Lanes);
            float* dw = Dw + ((long)tap * Gradient.Channels) + within;
            for (int o = 0; o < Gradient.Outputs; o++, dw += Gradient.Window, turned += Lanes)
            {
                if (count == Lanes) (Vector512.Load(dw) + Vector512.Load(turned)).Store(dw);
                else for (int i = 0; i < count; i++) dw[i] += turned[i];
            }
        }
    }
}
