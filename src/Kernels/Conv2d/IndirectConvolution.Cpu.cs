using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>A convolution as a matrix product without an im2col copy: each output pixel's inputs are read through pointers.</summary>
/// <remarks>
/// Output pixel (n, u, v) of a grid is written at image row u·OutputStep + OutputTop and is the sum over taps t of the input pixel at row
/// u·InputStep + TapTop[t] (column alike) times the tap's matrix [depth, columns]; inputs outside the image are a row of zeros. The forward pass is
/// one such grid with InputStep = stride; the input gradient is stride² grids ("phases") with OutputStep = stride, each with only
/// the taps that reach its pixels, so that no product with a zero is done. Idea of the pointers: Dukhan, "The indirect convolution algorithm",
/// arXiv:1907.02129.
/// </remarks>
internal unsafe struct IndirectConvolution : IChunks
{
    /// <summary>Output pixels of a chunk: their inputs stay in the second-level cache while all panels pass over them.</summary>
    public const int PixelsPerChunk = 256;

    /// <summary>The k of one pass; see <see cref="Gemm.DepthBlock"/>.</summary>
    private const int DepthBlock = 256;

    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    public float* Input, Output, Panels, Zeros;
    public int* TapTop, TapLeft;
    public Scratch Scratch;
    public int Images, GridHeight, GridWidth;
    public int InputHeight, InputWidth, Depth, InputStep;
    public int OutputHeight, OutputWidth, OutputColumns, OutputStep, OutputTop, OutputLeft;
    public int Taps;
    public bool Accumulate;

    public readonly int Chunks => (int)Tiling.Blocks((long)Images * GridHeight * GridWidth, PixelsPerChunk);

    public void Run(int chunk, int worker)
    {
        long pixels = (long)Images * GridHeight * GridWidth, first = (long)chunk * PixelsPerChunk;
        int count = (int)Math.Min(PixelsPerChunk, pixels - first);
        int tiles = Tiling.Blocks(count, Rows);
        const int pointerFloats = sizeof(long) / sizeof(float);
        float* scratch = Scratch.OfWorker(worker, ((long)pointerFloats * tiles * Rows * (Taps + 1)) + OutputColumns);
        float** inputs = (float**)scratch, outputs = inputs + ((long)tiles * Rows * Taps);
        float* nowhere = (float*)(outputs + (tiles * Rows)); // where the rows of the last tile go that have no pixel
        Point(first, count, tiles, inputs, outputs, nowhere);

        // As many whole taps as fit a pass, or equal parts of one tap where a tap alone is longer.
        int tapsPerPass = Math.Max(1, DepthBlock / Depth);
        int parts = tapsPerPass > 1 ? 1 : Tiling.Blocks(Depth, DepthBlock);
        int part = Tiling.Blocks(Depth, parts);
        int panelDepth = Taps * Depth;
        for (int tap = 0; tap < Taps; tap += tapsPerPass)
        {
            int taps = Math.Min(tapsPerPass, Taps - tap);
            for (int offset = 0; offset < Depth; offset += part)
            {
                int depth = Math.Min(part, Depth - offset);
                bool accumulate = Accumulate || tap > 0 || offset > 0;
                for (int column = 0; column < OutputColumns; column += Columns)
                {
                    float* panel = Panels + ((long)column * panelDepth) + ((((long)tap * Depth) + offset) * Columns);
                    int columns = Math.Min(Columns, OutputColumns - column);
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        float** rows = inputs + ((((long)tile * Taps) + tap) * Rows);
                        MicroKernel.RowsTimesPanel(rows, taps, offset, depth, panel, outputs + (tile * Rows), column, columns, accumulate);
                    }
                }
            }
        }
    }

    /// <summary>Fills the pointer tables: inputs [tile][tap][8], outputs [tile][8].</summary>
    private readonly void Point(long first, int count, int tiles, float** inputs, float** outputs, float* nowhere)
    {
        long pixel = first;
        int v = (int)(pixel % GridWidth), u = (int)(pixel / GridWidth % GridHeight);
        long n = pixel / GridWidth / GridHeight;
        for (int tile = 0; tile < tiles; tile++)
        {
            float** tileInputs = inputs + ((long)tile * Taps * Rows);
            for (int i = 0; i < Rows; i++)
            {
                bool real = (tile * Rows) + i < count;
                float* image = Input + (n * InputHeight * InputWidth * Depth);
                for (int tap = 0; tap < Taps; tap++)
                {
                    int row = (u * InputStep) + TapTop[tap], column = (v * InputStep) + TapLeft[tap];
                    bool inside = real && (uint)row < (uint)InputHeight && (uint)column < (uint)InputWidth;
                    tileInputs[(tap * Rows) + i] = inside ? image + ((((long)row * InputWidth) + column) * Depth) : Zeros;
                }

                long target = (((n * OutputHeight) + (u * OutputStep) + OutputTop) * OutputWidth) + (v * OutputStep) + OutputLeft;
                outputs[(tile * Rows) + i] = real ? Output + (target * OutputColumns) : nowhere;
                if (!real) continue;
                if (++v == GridWidth)
                {
                    v = 0;
                    if (++u == GridHeight)
                    {
                        u = 0;
                        n++;
                    }
                }
            }
        }
    }
}
