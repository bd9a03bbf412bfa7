using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>A 3 x 3 convolution of stride 1 by <see cref="BFloat16Winograd"/>: input tiles to 16 points, 16 matrix products, points to output tiles.</summary>
/// <remarks>As <see cref="WinogradConvolution"/>, whose larger tiles are for float32.</remarks>
internal unsafe struct BFloat16WinogradConvolution : IChunks
{
    public ushort* Input, Output, Zeros;
    public uint* Filters;
    public Scratch Scratch;
    public int Images, InputHeight, InputWidth, Depth, OutputHeight, OutputWidth, Columns, Padding;
    public bool Accumulate;

    private const int Points = BFloat16Winograd.Points, Side = BFloat16Winograd.Inputs, Step = BFloat16Winograd.Outputs;
    private const int Rows = MicroKernel.TileRows, TilesAhead = 4;

    /// <summary>Whether the shape is one that it is made for: whole panels, and tiles that are mostly inside the image.</summary>
    /// <remarks>
    /// GFLOP/s by the direct method's products, forward / input gradient, one thread of a Zen 4 core whose registers alone reach 236 in bfloat16:
    /// <code>
    /// channels, image   direct     this form   float32 in tiles of 4 x 4
    /// 32, 32 x 32       219 / 218  220 / 220   199 / 193
    /// 64, 32 x 32       227 / 223  346 / 347   256 / 267
    /// 64, 56 x 56       227 / 223  348 / 350   276 / 275
    /// 64, 4 x 4         228 / 219  324 / 326   260 / 260
    /// 128, 16 x 16      221 / 217  397 / 403   268 / 283
    /// 128, 28 x 28      222 / 220  402 / 410   291 / 310
    /// 256, 8 x 8        214 / 217  375 / 393   197 / 227
    /// 256, 14 x 14      217 / 220  390 / 413   202 / 222
    /// 256, 5 x 5        216 / 216  283 / 291
    /// 512, 4 x 4        207 / 213  312 / 332   195 / 227
    /// 512, 7 x 7        218 / 220  313 / 303   229 / 238
    /// </code>
    /// So images need not be widened for the larger tiles. Images of 3 x 3 pixels, for which tiles hold 16, are left to the direct form.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Suits(Tensor x, Tensor w, Tensor y, int stride) =>
        stride == 1 && w[1] == 3 && w[2] == 3 && w[0] % BFloat16Winograd.Group == 0 && w[3] % BFloat16Winograd.Group == 0
        && x.Type == ElementType.BFloat16 && y.Type == ElementType.BFloat16 && MostlyInside(y[1], y[2]) && MostlyInside(x[1], x[2]);

    /// <summary>Words of the transformed filters: [16][columns/32][depth/2][32].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long FilterWords(int depth, int columns) => Points * (((long)depth / 2 * columns) + Winograd.Gap);

    /// <summary>Tiles of a chunk: transformed, they stay in the second-level cache, and are enough to pay for reading the filters.</summary>
    private const int TilesPerChunk = 32;

    private readonly int TilesDown => Tiling.Blocks(OutputHeight, Step);

    private readonly int TilesAcross => Tiling.Blocks(OutputWidth, Step);

    public readonly int Chunks => (int)Tiling.Blocks((long)Images * TilesDown * TilesAcross, TilesPerChunk);

    /// <summary>Floats of each thread's workspace.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long WorkerFloats(int depth, int columns) =>
        (Points * ((TilesPerChunk * ((depth / 2) + (long)columns)) + (2 * Winograd.Gap))) + (4 * TilesPerChunk) + columns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool MostlyInside(int height, int width) =>
        Tiling.RoundUp(height, Step) * (long)Tiling.RoundUp(width, Step) * 2 <= height * (long)width * 3;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        long all = (long)Images * TilesDown * TilesAcross, first = (long)chunk * TilesPerChunk;
        int tiles = (int)Math.Min(TilesPerChunk, all - first), padded = Tiling.RoundUp(tiles, Rows);
        long ofPoint = ((long)padded * Depth / 2) + Winograd.Gap, ofProduct = ((long)padded * Columns) + Winograd.Gap;
        float* products = Scratch.OfWorker(worker, WorkerFloats(Depth, Columns));
        uint* points = (uint*)(products + (Points * ofProduct));
        uint** rows = (uint**)(points + (Points * ofPoint));
        float** results = (float**)(rows + padded);
        ushort* nowhere = (ushort*)(results + padded);
        for (int tile = 0; tile < padded; tile++)
        {
            rows[tile] = points + ((long)tile * Depth / 2);
            results[tile] = products + ((long)tile * Columns);
            TransformInput(first + Math.Min(tile, tiles - 1), (ushort*)rows[tile], 2 * ofPoint);
        }

        for (int point = 0; point < Points; point++)
        {
            uint* panel = Filters + (point * (((long)Depth / 2 * Columns) + Winograd.Gap));
            for (int column = 0; column < Columns; column += MicroKernel.TileColumns, panel += (long)Depth / 2 * MicroKernel.TileColumns)
                BFloat16Kernel.ManyRowsTimesPanel(rows, padded / Rows, point * ofPoint, Depth / 2, panel, results, (point * ofProduct) + column);
        }

        for (int tile = 0; tile < tiles; tile++) TransformOutput(results[tile], ofProduct, first + tile, nowhere);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformInput(long tile, ushort* points, long ofPoint)
    {
        int left = (int)(tile % TilesAcross * Step) - Padding, top = (int)(tile / TilesAcross % TilesDown * Step) - Padding;
        ushort* image = Input + (tile / TilesAcross / TilesDown * InputHeight * InputWidth * Depth);
        ushort** pixels = stackalloc ushort*[Points];
        BFloat16Winograd.PointAt(image, InputHeight, InputWidth, Depth, top, left, Side, Side, Zeros, pixels);

        // The next tiles of this row of tiles are two columns each, far apart in memory.
        for (int row = Math.Max(top, 0); row < Math.Min(top + Side, InputHeight); row++)
            Prefetch.ToSecondLevel((float*)(image + ((((long)row * InputWidth) + left + (TilesAhead * Step)) * Depth)), Depth);
        BFloat16Winograd.Input(pixels, Depth, points, ofPoint);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformOutput(float* products, long ofProduct, long tile, ushort* nowhere)
    {
        int left = (int)(tile % TilesAcross) * Step, top = (int)(tile / TilesAcross % TilesDown) * Step;
        ushort* image = Output + (tile / TilesAcross / TilesDown * OutputHeight * OutputWidth * Columns);
        ushort** pixels = stackalloc ushort*[Step * Step];
        BFloat16Winograd.PointAt(image, OutputHeight, OutputWidth, Columns, top, left, Step, Step, nowhere, pixels);
        BFloat16Winograd.Output(products, ofProduct, Columns, pixels, Accumulate);
    }
}

/// <summary>The filters of <see cref="BFloat16WinogradConvolution"/>: words of [16][columns/32][depth/2][32], one panel of 32 columns a chunk.</summary>
internal unsafe struct BFloat16WinogradFilters : IChunks
{
    private const int Width = MicroKernel.TileColumns, Points = BFloat16Winograd.Points, OutputsAhead = 4;

    public float* W;
    public uint* Filters;
    public int Outputs, Channels;

    /// <summary>Whether the filters are those of the input gradient: mirrored, columns = channels, depth = outputs.</summary>
    public bool Mirrored;

    public readonly int Chunks => (Mirrored ? Channels : Outputs) / Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int depth = Mirrored ? Outputs : Channels, lanes = Vector<float>.Count;
        uint* panel = Filters + ((long)chunk * Width * depth / 2);
        long ofPoint = ((long)Outputs * Channels / 2) + Winograd.Gap;
        if (Mirrored) MirroredPanel(chunk * Width, panel, ofPoint, lanes);
        else Panel(chunk * Width, panel, ofPoint, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void MirroredPanel(int first, uint* panel, long ofPoint, int lanes)
    {
        float* taps = stackalloc float[9 * lanes], points = stackalloc float[2 * Points * lanes];
        for (int o = 0; o < Outputs; o += 2)
        {
            for (int c = 0; c < Width; c += lanes)
            {
                for (int half = 0; half < 2; half++)
                {
                    float* w = W + ((long)(o + half) * 9 * Channels) + first + c;
                    WinogradFilters.FetchTaps(w + (OutputsAhead * 9L * Channels), Channels);
                    for (int tap = 0; tap < 9; tap++)
                        new ReadOnlySpan<float>(w + ((8 - tap) * Channels), lanes).CopyTo(new Span<float>(taps + (tap * lanes), lanes));
                    BFloat16Winograd.Filter(taps, lanes, points + (half * Points * lanes), lanes);
                }

                for (int point = 0; point < Points; point++)
                {
                    float* even = points + (point * lanes);
                    BFloat16Rows.InterleaveRounded(even, even + (Points * lanes), lanes, panel + (point * ofPoint) + ((long)o / 2 * Width) + c);
                }
            }
        }
    }

    /// <summary>The vectors run over channels, which are the depth here: transform 32 outputs, then turn them so that outputs lie side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Panel(int first, uint* panel, long ofPoint, int lanes)
    {
        int group = 2 * lanes; // what is rounded at once
        float* points = stackalloc float[Points * group];
        ushort* rounded = stackalloc ushort[Points * Width * group];
        for (int c = 0; c < Channels; c += group)
        {
            for (int o = 0; o < Width; o++)
            {
                float* w = W + (((long)first + o) * 9 * Channels) + c;
                WinogradFilters.FetchTaps(w + group, Channels);
                BFloat16Winograd.Filter(w, Channels, points, group);
                BFloat16Winograd.Filter(w + lanes, Channels, points + lanes, group);
                for (int point = 0; point < Points; point++)
                    BFloat16Rows.Round(points + (point * group), rounded + (((point * Width) + o) * group), group);
            }

            // Words are moved as floats are: no arithmetic is done on them.
            for (int point = 0; point < Points; point++)
            {
                uint* target = panel + (point * ofPoint) + ((long)c / 2 * Width);
                for (int o = 0; o < Width; o += 8)
                    Transpose.EightRows((float*)(rounded + (((point * Width) + o) * group)), lanes, lanes, (float*)(target + o), Width);
            }
        }
    }
}
