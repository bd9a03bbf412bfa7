using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <summary>Whether 3 x 3 convolutions of stride 1 may use Winograd's form; tests and benchmarks compare both.</summary>
    internal bool AllowWinograd { get; set; } = true;

    /// <inheritdoc/>
    protected override unsafe void Conv2dForwardCore(Tensor x, Tensor w, Tensor y, int stride, int padding, Tensor columnStatistics)
    {
        if (AllowWinograd && WinogradConvolution.Suits(x, w, y, stride))
        {
            ConvolveByWinograd(x, w, y, padding, mirrored: false, accumulate: false);
            return;
        }

        int taps = w[1] * w[2], depth = w[3], outputs = w[0];
        long panelFloats = Gemm.PackedRightFloats(outputs, taps * depth);
        float* panels = Scratch.Shared(panelFloats + depth + (2 * taps));
        float* zeros = panels + panelFloats;
        new Span<float>(zeros, depth).Clear();
        int* tapTop = (int*)(zeros + depth), tapLeft = tapTop + taps;
        for (int tap = 0; tap < taps; tap++)
        {
            tapTop[tap] = (tap / w[2]) - padding;
            tapLeft[tap] = (tap % w[2]) - padding;
        }

        // w as stored is [O, taps·C]: the transpose of the right-hand side.
        ParallelGemm.PackRight(Workers, w.FloatPointer, taps * depth, true, outputs, taps * depth, panels, columnsPerChunk: MicroKernel.TileColumns);
        IndirectConvolution convolution = new()
        {
            Input = x.FloatPointer, Output = y.FloatPointer, Panels = panels, Zeros = zeros, TapTop = tapTop, TapLeft = tapLeft, Scratch = Scratch,
            Images = x[0], GridHeight = y[1], GridWidth = y[2], InputHeight = x[1], InputWidth = x[2], Depth = depth, InputStep = stride,
            OutputHeight = y[1], OutputWidth = y[2], OutputColumns = outputs, OutputStep = 1, Taps = taps,
        };
        Workers.Run(convolution.Chunks, convolution);
    }

    /// <inheritdoc/>
    protected override unsafe void Conv2dBackwardInputCore(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate)
    {
        if (AllowWinograd && WinogradConvolution.Suits(dx, w, dy, stride))
        {
            // dx[h] gathers dy[h + padding − r]: a convolution with the mirrored filter and padding 2 − padding.
            ConvolveByWinograd(dy, w, dx, 2 - padding, mirrored: true, accumulate);
            return;
        }

        int taps = w[1] * w[2], depth = w[0], columns = w[3];
        long panelFloats = Gemm.PackedRightFloats(columns, taps * depth);
        float* panels = Scratch.Shared(panelFloats + depth + (3 * taps));
        float* zeros = panels + panelFloats;
        new Span<float>(zeros, depth).Clear();
        int* tapTop = (int*)(zeros + depth), tapLeft = tapTop + taps, tapOf = tapLeft + taps;
        for (int top = 0; top < stride; top++)
        {
            for (int left = 0; left < stride; left++)
            {
                // Input row h = u·stride + top meets output row p through tap r where p·stride = h + padding − r.
                int reached = 0;
                for (int tap = 0; tap < taps; tap++)
                {
                    int down = top + padding - (tap / w[2]), across = left + padding - (tap % w[2]);
                    if (down % stride != 0 || across % stride != 0) continue;
                    tapTop[reached] = down / stride;
                    tapLeft[reached] = across / stride;
                    tapOf[reached++] = tap;
                }

                int height = Tiling.Blocks(dx[1] - top, stride), width = Tiling.Blocks(dx[2] - left, stride);
                if (height <= 0 || width <= 0) continue;
                IndirectConvolution convolution = new()
                {
                    Input = dy.FloatPointer, Output = dx.FloatPointer, Panels = panels, Zeros = zeros, TapTop = tapTop, TapLeft = tapLeft, Scratch = Scratch,
                    Images = dx[0], GridHeight = height, GridWidth = width, InputHeight = dy[1], InputWidth = dy[2], Depth = depth, InputStep = 1,
                    OutputHeight = dx[1], OutputWidth = dx[2], OutputColumns = columns, OutputStep = stride, OutputTop = top, OutputLeft = left,
                    Taps = reached, Accumulate = accumulate,
                };
                if (reached == 0)
                {
                    if (!accumulate) Workers.Run(convolution.Images, new ClearGrid { Grid = convolution });
                    continue;
                }

                Workers.Run(Tiling.Blocks(columns, MicroKernel.TileColumns), new PackInputGradientPanels
                {
                    W = w.FloatPointer, Panels = panels, TapOf = tapOf, Reached = reached, Taps = taps, Depth = depth, Columns = columns,
                });
                Workers.Run(convolution.Chunks, convolution);
            }
        }
    }

    private unsafe void ConvolveByWinograd(Tensor input, Tensor w, Tensor output, int padding, bool mirrored, bool accumulate)
    {
        int depth = input[3], columns = output[3];
        float* filters = Scratch.Shared(WinogradConvolution.FilterFloats(depth, columns));
        WinogradFilters transform = new() { W = w.FloatPointer, Filters = filters, Scratch = Scratch, Outputs = w[0], Channels = w[3], Mirrored = mirrored };
        Workers.Run(transform.Chunks, transform);
        WinogradConvolution convolution = new()
        {
            Input = input.FloatPointer, Output = output.FloatPointer, Filters = filters, Scratch = Scratch, Images = input[0],
            InputHeight = input[1], InputWidth = input[2], Depth = depth, OutputHeight = output[1], OutputWidth = output[2], Columns = columns,
            Padding = padding, Accumulate = accumulate,
        };
        Workers.Run(convolution.Chunks, convolution);
    }

    /// <summary>For one panel of 32 input channels: [reached tap][O][32] from w [O][tap][C].</summary>
    private unsafe struct PackInputGradientPanels : IChunks
    {
        public float* W, Panels;
        public int* TapOf;
        public int Reached, Taps, Depth, Columns;

        public void Run(int chunk, int worker)
        {
            int first = chunk * MicroKernel.TileColumns;
            float* panel = Panels + ((long)first * Reached * Depth);
            for (int tap = 0; tap < Reached; tap++)
            {
                Pack.Panel(
                    W + ((long)TapOf[tap] * Columns), (long)Taps * Columns, false, first, Math.Min(MicroKernel.TileColumns, Columns - first), Depth,
                    panel + ((long)tap * Depth * MicroKernel.TileColumns));
            }
        }
    }

    /// <summary>Writes zeros to the pixels of a grid that no output reads, one image a chunk.</summary>
    private unsafe struct ClearGrid : IChunks
    {
        public IndirectConvolution Grid;

        public void Run(int chunk, int worker)
        {
            for (int u = 0; u < Grid.GridHeight; u++)
            {
                for (int v = 0; v < Grid.GridWidth; v++)
                {
                    long row = ((long)chunk * Grid.OutputHeight) + (u * Grid.OutputStep) + Grid.OutputTop;
                    long pixel = (row * Grid.OutputWidth) + (v * Grid.OutputStep) + Grid.OutputLeft;
                    new Span<float>(Grid.Output + (pixel * Grid.OutputColumns), Grid.OutputColumns).Clear();
                }
            }
        }
    }
}
