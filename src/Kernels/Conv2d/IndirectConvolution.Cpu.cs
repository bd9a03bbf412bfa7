using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>A convolution as a matrix product without an im2col copy: each output pixel's inputs are read through pointers.</summary>
/// <remarks>
/// Output pixel (n, u, v) of a grid is written at image row u·OutputStep + OutputTop and is the sum over taps t of the input pixel at row
/// u·InputStep + TapTop[t] (column alike) times the tap's matrix [depth, columns]; inputs outside the image are a row of zeros. The forward pass is
/// one such grid with InputStep = stride; the input gradient is stride² grids ("phases") with OutputStep = stride, each with only
/// the taps that reach its pixels, so that no product with a zero is done. Idea of the pointers: Dukhan, "The indirect convolution algorithm",
/// arXiv:1907.02129. Where a pixel has too few channels for that, or they are not whole words, a row of the window, which lies in one piece, is one tap. What
/// has to be rounded first is gathered into a row for each output pixel.
/// </remarks>
internal unsafe struct IndirectConvolution<TArithmetic> : IChunks
    where TArithmetic : IConvolutionArithmetic
{
    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns, TilesAhead = 2, StatisticsColumns = 2 * Columns;

    public uint* Panels, Zeros;
    public byte* Output;
    public Scratch Scratch;
    public ConvolutionInput Input;
    public int Images, GridHeight, GridWidth;
    public int OutputHeight, OutputWidth, OutputColumns, OutputStep, OutputTop, OutputLeft;

    /// <summary>Whether the taps are gathered into one row, and whether the output is float32 in either arithmetic.</summary>
    public bool IsGathered, OutputIsFloat;

    /// <summary>Words of one tap; where taps are gathered, of the row of all.</summary>
    public int Depth;

    public bool Accumulate;

    /// <summary>Receives the statistics of the output's columns, where its pixels are those of the grid; or null.</summary>
    public float* Statistics;

    public readonly int Chunks => (int)Tiling.Blocks((long)Images * GridHeight * GridWidth, ConvolutionInput.PixelsPerChunk);

    private readonly int Taps => IsGathered ? 1 : Input.Taps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        long pixels = (long)Images * GridHeight * GridWidth, first = (long)chunk * ConvolutionInput.PixelsPerChunk;
        int count = (int)Math.Min(ConvolutionInput.PixelsPerChunk, pixels - first), tiles = Tiling.Blocks(count, Rows);
        const int pointerFloats = sizeof(long) / sizeof(float);
        long pointers = (long)tiles * Rows * (Taps + 1), sumFloats = (long)tiles * TArithmetic.SumsPerTile, nowhereFloats = Tiling.RoundUp(OutputColumns, 16);
        float* sums = Scratch.OfWorker(
            worker, sumFloats + nowhereFloats + (pointerFloats * pointers)
            + (IsGathered ? Input.GatheredFloats(tiles * Rows, Depth) : Input.CopiedFloats((long)tiles * Rows * Taps, Depth)));
        float* nowhere = sums + sumFloats; // where the rows of the last tile go that have no pixel
        uint** inputs = (uint**)(nowhere + nowhereFloats);
        byte** outputs = (byte**)(inputs + ((long)tiles * Rows * Taps));
        uint* copies = (uint*)(outputs + (tiles * Rows));
        PointOutputs(first, count, tiles, outputs, (byte*)nowhere);
        if (IsGathered) Input.Gather(TArithmetic.ElementsPerWord, first, count, GridHeight, GridWidth, Depth, inputs, tiles, copies);
        else Input.Point(first, count, GridHeight, GridWidth, inputs, tiles, Depth, Zeros, copies);

        // Pixels of one tap lie side by side: those of a later tile are asked for while the first panel passes over this one.
        bool readsOn = Taps == 1 && !IsGathered && Input.Step == 1 && GridHeight == Input.Height && GridWidth == Input.Width && Depth <= TArithmetic.WordsPerPass;

        // As many whole taps as fit a pass, or equal parts of one tap where a tap alone is longer.
        int tapsPerPass = Math.Max(1, TArithmetic.WordsPerPass / Depth);
        int part = Tiling.Blocks(Depth, tapsPerPass > 1 ? 1 : Tiling.Blocks(Depth, TArithmetic.WordsPerPass));
        for (int column = 0; column < OutputColumns; column += Columns)
        {
            uint* panel = Panels + ((long)column * Taps * Depth);
            ConvolutionTarget target = new()
            {
                Pixels = outputs, Tiles = tiles, Sums = sums, Column = column,
                Columns = Math.Min(Columns, OutputColumns - column), Accumulate = Accumulate, IsFloat = OutputIsFloat,
            };
            for (int tap = 0; tap < Taps; tap += tapsPerPass)
            {
                int taps = Math.Min(tapsPerPass, Taps - tap);
                for (int offset = 0; offset < Depth; offset += part)
                {
                    int depth = Math.Min(part, Depth - offset);
                    bool isFirst = tap == 0 && offset == 0, isLast = tap + taps == Taps && offset + depth == Depth;
                    Taps pass = new() { Count = taps, Offset = offset, Depth = depth, LastDepth = depth };
                    if (column == 0 && readsOn)
                    {
                        pass.Ahead = TilesAhead * Rows * Depth;
                        pass.Rate = Rows;
                    }

                    TArithmetic.Multiply(inputs + ((long)tap * Rows), (long)Taps * Rows, pass, panel, target, isFirst, isLast);
                    panel += (long)taps * depth * Columns;
                }
            }

            // Of columns that are whole cache lines, while they are in one.
            int done = column + target.Columns, begun = column - (column % StatisticsColumns);
            if (Statistics == null || (done % StatisticsColumns != 0 && done < OutputColumns)) continue;
            if (OutputIsFloat) Tiles<Float32Activation>().Of((int)first, count, begun, done - begun);
            else Tiles<BFloat16Activation>().Of((int)first, count, begun, done - begun);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly ColumnTiles<T> Tiles<T>()
        where T : unmanaged, IActivation<T> =>
        new() { X = (T*)Output, Statistics = Statistics, Rows = Images * GridHeight * GridWidth, Channels = OutputColumns };

    /// <summary>Writes zeros to the pixels of the grid, which no output reads.</summary>
    /// <param name="image">Of this image.</param>
    /// <param name="lines">Whether to all pixels of the grid's rows: of those, none is read.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Clear(int image, bool lines)
    {
        long pixelBytes = (long)OutputColumns * OutputBytes;
        for (int u = 0; u < GridHeight; u++)
        {
            if (lines)
            {
                new Span<byte>(Output + ((Place(image, u, 0) - OutputLeft) * pixelBytes), checked((int)(OutputWidth * pixelBytes))).Clear();
                continue;
            }

            for (int v = 0; v < GridWidth; v++) new Span<byte>(Output + (Place(image, u, v) * pixelBytes), (int)pixelBytes).Clear();
        }
    }

    private readonly int OutputBytes => OutputIsFloat ? sizeof(float) : sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly long Place(long image, int u, int v) =>
        (((image * OutputHeight) + (u * OutputStep) + OutputTop) * OutputWidth) + (v * OutputStep) + OutputLeft;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void PointOutputs(long first, int count, int tiles, byte** outputs, byte* nowhere)
    {
        long pixelBytes = (long)OutputColumns * OutputBytes;
        if (OutputStep == 1)
        {
            // The grid is the image.
            byte* next = Output + (first * pixelBytes);
            for (int i = 0; i < count; i++, next += pixelBytes) outputs[i] = next;
        }
        else
        {
            GridPixel pixel = new(first, GridHeight, GridWidth);
            for (int i = 0; i < count; i++, pixel.Next()) outputs[i] = Output + (Place(pixel.Image, pixel.Row, pixel.Column) * pixelBytes);
        }

        for (int i = count; i < tiles * Rows; i++) outputs[i] = nowhere;
    }
}
