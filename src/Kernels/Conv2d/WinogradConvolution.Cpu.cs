using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>A 3 x 3 convolution of stride 1 by <see cref="Winograd"/>: input tiles to 36 points, 36 matrix products, points to output tiles.</summary>
/// <remarks>
/// Each chunk takes a few tiles through all three steps, so that the transformed tiles, 2.25 times the size of the images, never leave
/// the second-level cache. The input gradient is the same convolution with the filter mirrored and its channels exchanged.
/// </remarks>
internal unsafe struct WinogradConvolution : IChunks
{
    public float* Input, Output, Filters;
    public Scratch Scratch;
    public int Images, InputHeight, InputWidth, Depth, OutputHeight, OutputWidth, Columns, Padding;
    public bool Accumulate;

    private const int Rows = MicroKernel.TileRows, Points = Winograd.Points, TilesAhead = 2;

    /// <summary>Whether the shape is one that Winograd's form is made for: whole panels, and tiles that are mostly inside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Suits(Tensor x, Tensor w, Tensor y, int stride) =>
        stride == 1 && w[1] == 3 && w[2] == 3 && w[0] % MicroKernel.TileColumns == 0 && w[3] % MicroKernel.TileColumns == 0
        && MostlyInside(y[1], y[2]) && MostlyInside(x[1], x[2]);

    /// <summary>Floats of the transformed filters: [36][columns/32][depth][32].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long FilterFloats(int depth, int columns) => Points * (((long)depth * columns) + Winograd.Gap);

    private readonly int TilesDown => (OutputHeight + Winograd.Outputs - 1) / Winograd.Outputs;

    private readonly int TilesAcross => (OutputWidth + Winograd.Outputs - 1) / Winograd.Outputs;

    /// <summary>Tiles of a chunk. Few channels: both transformed sides in a cache of 1 MiB. Many: enough rows to pay for reading the filters.</summary>
    private readonly int TilesPerChunk => Math.Max(Depth, Columns) <= 64 ? 40 : Math.Max(Depth, Columns) <= 256 ? 24 : 64;

    public readonly int Chunks => (int)Tiling.Blocks((long)Images * TilesDown * TilesAcross, TilesPerChunk);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        long all = (long)Images * TilesDown * TilesAcross, first = (long)chunk * TilesPerChunk;
        int tiles = (int)Math.Min(TilesPerChunk, all - first), padded = Tiling.RoundUp(tiles, Rows);
        long ofPoint = ((long)padded * Depth) + Winograd.Gap, ofProduct = ((long)padded * Columns) + Winograd.Gap,
            ofFilter = ((long)Depth * Columns) + Winograd.Gap;
        float* points = Scratch.OfWorker(worker, (Points * (ofPoint + ofProduct)) + (Points * Vector<float>.Count));
        float* products = points + (Points * ofPoint), corner = products + (Points * ofProduct);
        for (int tile = 0; tile < padded; tile++) TransformInput(first + Math.Min(tile, tiles - 1), points + ((long)tile * Depth), ofPoint, corner);
        for (int point = 0; point < Points; point++)
            Multiply(points + (point * ofPoint), Filters + (point * ofFilter), products + (point * ofProduct), padded);
        for (int tile = 0; tile < tiles; tile++) TransformOutput(products + ((long)tile * Columns), ofProduct, first + tile, corner);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool MostlyInside(int height, int width) =>
        height >= Winograd.Outputs && width >= Winograd.Outputs && ((height + 3) / 4 * 4) * ((width + 3) / 4 * 4) * 2 <= height * width * 3;

    /// <summary>One tile of 6 x 6 pixels, all channels: points[point·stride + c]. Pixels outside the image are zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformInput(long tile, float* points, long stride, float* corner)
    {
        FetchNext(tile);
        TransformTile(Input, InputHeight, InputWidth, Depth, 0, Depth, Padding, tile, TilesDown, TilesAcross, points, stride, corner);
    }

    /// <summary>Asks for the columns that a later tile of the row adds: six streams are more than the processor follows by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void FetchNext(long tile)
    {
        int left = ((int)((tile % TilesAcross) + TilesAhead) * Winograd.Outputs) - Padding;
        int top = (int)(tile / TilesAcross % TilesDown * Winograd.Outputs) - Padding;
        float* image = Input + (tile / TilesAcross / TilesDown * InputHeight * InputWidth * Depth);
        for (int row = Math.Max(top, 0); row < Math.Min(top + Winograd.Inputs, InputHeight); row++)
            Prefetch.ToSecondLevel(image + ((((long)row * InputWidth) + left) * Depth), Winograd.Outputs * Depth);
    }

    /// <summary>The 36 points of channels [firstChannel, lastChannel) of the input tile that belongs to an output tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformTile(
        float* input, int height, int width, int channels, int firstChannel, int lastChannel, int padding, long tile, int tilesDown, int tilesAcross,
        float* points, long stride, float* corner)
    {
        int left = (int)(tile % tilesAcross * Winograd.Outputs) - padding, top = (int)(tile / tilesAcross % tilesDown * Winograd.Outputs) - padding;
        float* image = input + (tile / tilesAcross / tilesDown * height * width * channels);
        bool inside = top >= 0 && left >= 0 && top + Winograd.Inputs <= height && left + Winograd.Inputs <= width;
        int lanes = Vector<float>.Count;
        float* half = stackalloc float[Points * lanes];
        for (int c = firstChannel; c < lastChannel; c += lanes)
        {
            float* source = image + ((((long)top * width) + left) * channels) + c;
            long across = channels, down = (long)width * channels;
            if (!inside)
            {
                Gather(image + c, height, width, channels, top, left, Winograd.Inputs, corner);
                source = corner;
                across = lanes;
                down = Winograd.Inputs * lanes;
            }

            for (int column = 0; column < Winograd.Inputs; column++)
                Winograd.Input(source + (column * across), down, half + (column * lanes), Winograd.Inputs * lanes);
            for (int row = 0; row < Winograd.Inputs; row++)
                Winograd.Input(half + (row * Winograd.Inputs * lanes), lanes, points + (row * Winograd.Inputs * stride) + (c - firstChannel), stride);
        }
    }

    /// <summary>Copies a square of pixels, one vector of channels each, with zeros where it leaves the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(float* image, int height, int width, int channels, int top, int left, int side, float* target)
    {
        int lanes = Vector<float>.Count;
        for (int row = top; row < top + side; row++)
        {
            for (int column = left; column < left + side; column++, target += lanes)
            {
                bool inside = (uint)row < (uint)height && (uint)column < (uint)width;
                if (inside) new ReadOnlySpan<float>(image + ((((long)row * width) + column) * channels), lanes).CopyTo(new Span<float>(target, lanes));
                else new Span<float>(target, lanes).Clear();
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Multiply(float* points, float* filters, float* products, int tiles)
    {
        float** rows = stackalloc float*[Rows];
        float** results = stackalloc float*[Rows];
        for (int column = 0; column < Columns; column += MicroKernel.TileColumns)
        {
            float* panel = filters + ((long)column * Depth);
            for (int tile = 0; tile < tiles; tile += Rows)
            {
                for (int i = 0; i < Rows; i++)
                {
                    rows[i] = points + ((long)(tile + i) * Depth);
                    results[i] = products + ((long)(tile + i) * Columns);
                }

                MicroKernel.RowsTimesPanel(rows, 1, 0, Depth, panel, results, column, MicroKernel.TileColumns, false);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformOutput(float* products, long stride, long tile, float* corner)
    {
        int left = (int)(tile % TilesAcross) * Winograd.Outputs, top = (int)(tile / TilesAcross % TilesDown) * Winograd.Outputs;
        int bottom = Math.Min(OutputHeight, top + Winograd.Outputs), right = Math.Min(OutputWidth, left + Winograd.Outputs);
        float* image = Output + (tile / TilesAcross / TilesDown * OutputHeight * OutputWidth * Columns);
        int lanes = Vector<float>.Count;
        float* half = stackalloc float[Winograd.Outputs * Winograd.Inputs * lanes];
        for (int c = 0; c < Columns; c += lanes)
        {
            for (int column = 0; column < Winograd.Inputs; column++)
                Winograd.Output4(products + (column * stride) + c, Winograd.Inputs * stride, half + (column * lanes), Winograd.Inputs * lanes);
            for (int row = top; row < bottom; row++)
            {
                Winograd.Output4(half + ((row - top) * Winograd.Inputs * lanes), lanes, corner, lanes);
                float* target = image + ((((long)row * OutputWidth) + left) * Columns) + c;
                for (int column = 0; column < right - left; column++, target += Columns)
                {
                    Vector<float> value = new(new ReadOnlySpan<float>(corner + (column * lanes), lanes));
                    if (Accumulate) value += new Vector<float>(new ReadOnlySpan<float>(target, lanes));
                    value.CopyTo(new Span<float>(target, lanes));
                }
            }
        }
    }
}

/// <summary>The filters of <see cref="WinogradConvolution"/>: [36][columns/32][depth][32], one panel of 32 columns a chunk.</summary>
internal unsafe struct WinogradFilters : IChunks
{
    private const int Width = MicroKernel.TileColumns, Points = Winograd.Points, Side = Winograd.Inputs, OutputsAhead = 4, LineFloats = 16;

    public float* W, Filters;
    public Scratch Scratch;
    public int Outputs, Channels;

    /// <summary>Whether the filters are those of the input gradient: mirrored, columns = channels, depth = outputs.</summary>
    public bool Mirrored;

    public readonly int Chunks => (Mirrored ? Channels : Outputs) / Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int depth = Mirrored ? Outputs : Channels, columns = Mirrored ? Channels : Outputs, lanes = Vector<float>.Count;
        float* panel = Filters + ((long)chunk * Width * depth);
        long ofPoint = ((long)depth * columns) + Winograd.Gap;
        float* taps = stackalloc float[3 * 3 * lanes];
        if (Mirrored)
        {
            for (int o = 0; o < Outputs; o++)
            {
                for (int c = 0; c < Width; c += lanes)
                {
                    float* w = W + ((long)o * 9 * Channels) + (chunk * Width) + c;
                    FetchTaps(w + (OutputsAhead * 9L * Channels), Channels);
                    for (int tap = 0; tap < 9; tap++)
                        new ReadOnlySpan<float>(w + ((8 - tap) * Channels), lanes).CopyTo(new Span<float>(taps + (tap * lanes), lanes));
                    Transform(taps, lanes, panel + ((long)o * Width) + c, ofPoint);
                }
            }

            return;
        }

        // The vectors run over channels, which are the depth here: transform 32 outputs, then turn them so that outputs lie side by side.
        float* rows = Scratch.OfWorker(worker, Points * Width * lanes);
        for (int c = 0; c < Channels; c += lanes)
        {
            for (int o = 0; o < Width; o++)
            {
                float* w = W + ((((long)chunk * Width) + o) * 9 * Channels) + c;
                FetchTaps(w + LineFloats, Channels);
                Transform(w, Channels, rows + (o * lanes), Width * lanes);
            }

            for (int point = 0; point < Points; point++)
            {
                for (int o = 0; o < Width; o += 8)
                    Transpose.EightRows(rows + (point * Width * lanes) + (o * lanes), lanes, lanes, panel + (point * ofPoint) + ((long)c * Width) + o, Width);
            }
        }
    }

    /// <summary>Asks for a line of each tap: they are too far apart in memory for the processor to see what comes next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FetchTaps(float* w, long ofTap)
    {
        for (int tap = 0; tap < 9; tap++) Prefetch.ToSecondLevel(w + (tap * ofTap), 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transform(float* w, long ofTap, float* target, long ofPoint)
    {
        int lanes = Vector<float>.Count;
        float* half = stackalloc float[Side * 3 * lanes];
        for (int column = 0; column < 3; column++) Winograd.Filter3(w + (column * ofTap), 3 * ofTap, half + (column * lanes), 3 * lanes);
        for (int row = 0; row < Side; row++) Winograd.Filter3(half + (row * 3 * lanes), lanes, target + (row * Side * ofPoint), ofPoint);
    }
}
