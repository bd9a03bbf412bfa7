using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <summary>Whether 3 x 3 convolutions of stride 1 may use Winograd's form; tests and benchmarks compare both.</summary>
    internal bool AllowWinograd { get; set; } = true;

    // Words of a pixel from which on a tile's products of one tap are long against the change to the next.
    private const int ShortTap = 16;

    /// <inheritdoc/>
    /// <remarks>Products are those of bfloat16 where an operand or the result is stored in it.</remarks>
    private protected override unsafe void Conv2dForwardCore(Tensor x, Tensor w, Tensor y, int stride, int padding, Tensor columnStatistics)
    {
        bool isBFloat16 = x.Type == ElementType.BFloat16 || y.Type == ElementType.BFloat16;
        if (AllowWinograd && (isBFloat16 ? BFloat16WinogradConvolution.Suits(x, w, y, stride) : WinogradConvolution.Suits(x, w, y, stride)))
        {
            if (isBFloat16) ConvolveByBFloat16Winograd(x, w, y, padding, mirrored: false, accumulate: false);
            else ConvolveByWinograd(x, w, y, padding, mirrored: false, accumulate: false);

            // Its tiles end with no row of 64 pixels.
            if (!columnStatistics.IsNone) ColumnTiles.Of(Workers, y, columnStatistics.FloatPointer);
        }
        else if (isBFloat16) Convolve<BFloat16Convolution>(x, w, y, stride, padding, columnStatistics);
        else Convolve<Float32Convolution>(x, w, y, stride, padding, columnStatistics);
    }

    /// <inheritdoc/>
    private protected override void Conv2dBackwardInputCore(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate)
    {
        if (dy.Type == ElementType.BFloat16 || dx.Type == ElementType.BFloat16)
        {
            if (AllowWinograd && BFloat16WinogradConvolution.Suits(dx, w, dy, stride))
                ConvolveByBFloat16Winograd(dy, w, dx, 2 - padding, mirrored: true, accumulate);
            else
                ConvolveBack<BFloat16Convolution>(dy, w, dx, stride, padding, accumulate);
        }
        else if (AllowWinograd && WinogradConvolution.Suits(dx, w, dy, stride))
        {
            // dx[h] gathers dy[h + padding − r]: a convolution with the mirrored filter and padding 2 − padding.
            ConvolveByWinograd(dy, w, dx, 2 - padding, mirrored: true, accumulate);
        }
        else
        {
            ConvolveBack<Float32Convolution>(dy, w, dx, stride, padding, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Convolve<TArithmetic>(Tensor x, Tensor w, Tensor y, int stride, int padding, Tensor columnStatistics)
        where TArithmetic : IConvolutionArithmetic
    {
        int channels = w[3], outputs = w[0];
        bool gathers = TArithmetic.ElementsPerWord > 1 && x.Type != ElementType.BFloat16;

        // A row of the window is neighbours in the image: where a pixel is short it is one tap.
        bool byRows = gathers || channels % TArithmetic.ElementsPerWord != 0 || (w[2] > 1 && channels / TArithmetic.ElementsPerWord < ShortTap);
        int adjacent = byRows ? w[2] : 1, taps = w[1] * w[2] / adjacent, ofTap = adjacent * channels;
        int depth = Tiling.Blocks(gathers ? taps * ofTap : ofTap, TArithmetic.ElementsPerWord), words = gathers ? depth : taps * depth;
        long panelWords = Gemm.PackedRightFloats(outputs, words);
        float* panels = Scratch.Shared(panelWords + depth + (2 * taps));
        float* zeros = panels + panelWords;
        new Span<float>(zeros, depth).Clear();
        int* tapTop = (int*)(zeros + depth), tapLeft = tapTop + taps;
        for (int tap = 0; tap < taps; tap++)
        {
            tapTop[tap] = (tap * adjacent / w[2]) - padding;
            tapLeft[tap] = (tap * adjacent % w[2]) - padding;
        }

        // w as stored is [O, taps·C]: the transpose of the right-hand side.
        if (TArithmetic.ElementsPerWord == 1)
        {
            ParallelGemm.PackRight(Workers, w.FloatPointer, words, true, outputs, words, panels, columnsPerChunk: MicroKernel.TileColumns);
        }
        else if (gathers || ofTap % 2 == 0)
        {
            BFloat16Operand weights = new(w.Reshape(outputs, taps * ofTap), isTransposed: true);
            BFloat16Gemm.PackRight(Workers, weights, outputs, taps * ofTap, (uint*)panels, columnsPerChunk: MicroKernel.TileColumns);
        }
        else
        {
            PackOddTaps pack = new() { W = w.FloatPointer, Panels = (uint*)panels, Taps = taps, Depth = ofTap, Columns = outputs };
            Workers.Run(Tiling.Blocks(outputs, MicroKernel.TileColumns), pack);
        }

        IndirectConvolution<TArithmetic> convolution = Onto<TArithmetic>(y, panels, zeros, depth, gathers);
        convolution.GridHeight = y[1];
        convolution.GridWidth = y[2];
        convolution.OutputStep = 1;
        convolution.Statistics = columnStatistics.IsNone ? null : columnStatistics.FloatPointer;
        convolution.Input = From(x, stride, tapTop, tapLeft, taps, adjacent);
        Workers.Run(convolution.Chunks, convolution);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void ConvolveBack<TArithmetic>(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate)
        where TArithmetic : IConvolutionArithmetic
    {
        int taps = w[1] * w[2], outputs = w[0], columns = w[3];
        bool gathers = TArithmetic.ElementsPerWord > 1 && (dy.Type != ElementType.BFloat16 || outputs % 2 != 0);
        int words = Tiling.Blocks(taps * outputs, TArithmetic.ElementsPerWord);
        long panelWords = Gemm.PackedRightFloats(columns, words);
        float* panels = Scratch.Shared(panelWords + outputs + (3 * taps));
        float* zeros = panels + panelWords;
        new Span<float>(zeros, outputs).Clear();
        int* tapTop = (int*)(zeros + outputs), tapLeft = tapTop + taps, tapOf = tapLeft + taps;
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
                int depth = Tiling.Blocks(gathers ? reached * outputs : outputs, TArithmetic.ElementsPerWord);
                IndirectConvolution<TArithmetic> convolution = Onto<TArithmetic>(dx, panels, zeros, depth, gathers);
                convolution.GridHeight = height;
                convolution.GridWidth = width;
                convolution.OutputStep = stride;
                convolution.OutputTop = top;
                convolution.OutputLeft = left;
                convolution.Accumulate = accumulate;
                convolution.Input = From(dy, 1, tapTop, tapLeft, reached, adjacent: 1);
                if (reached == 0)
                {
                    // Rows that no tap reaches are cleared whole, with their first phase.
                    bool lines = !ReachesRow(w[1], stride, padding, top);
                    if (!accumulate && (!lines || left == 0))
                        Workers.Run(convolution.Images, new ClearGrid<TArithmetic> { Grid = convolution, Lines = lines });
                    continue;
                }

                Workers.Run(Tiling.Blocks(columns, MicroKernel.TileColumns), new PackInputGradientPanels
                {
                    W = w.FloatPointer, Panels = panels, TapOf = tapOf, Reached = reached, Taps = taps, Depth = outputs, Columns = columns,
                    IsRounded = TArithmetic.ElementsPerWord > 1,
                });
                Workers.Run(convolution.Chunks, convolution);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ReachesRow(int taps, int stride, int padding, int top)
    {
        for (int tap = 0; tap < taps; tap++)
        {
            if ((top + padding - tap) % stride == 0) return true;
        }

        return false;
    }

    private unsafe IndirectConvolution<TArithmetic> Onto<TArithmetic>(Tensor output, float* panels, float* zeros, int depth, bool gathers)
        where TArithmetic : IConvolutionArithmetic => new()
        {
            Output = output.ActivationPointer, OutputIsFloat = output.Type == ElementType.Float32, Panels = (uint*)panels, Zeros = (uint*)zeros, Scratch = Scratch,
            Images = output[0], OutputHeight = output[1], OutputWidth = output[2], OutputColumns = output[3], Depth = depth, IsGathered = gathers,
        };

    private static unsafe ConvolutionInput From(Tensor input, int step, int* tapTop, int* tapLeft, int taps, int adjacent) => new()
    {
        Images = input.ActivationPointer, End = input.ActivationPointer + (input.Count * ElementTypes.SizeOf(input.Type)), IsFloat = input.Type == ElementType.Float32,
        Height = input[1], Width = input[2], Channels = input[3], Step = step, TapTop = tapTop, TapLeft = tapLeft, Taps = taps, Adjacent = adjacent,
    };

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

    private unsafe void ConvolveByBFloat16Winograd(Tensor input, Tensor w, Tensor output, int padding, bool mirrored, bool accumulate)
    {
        int depth = input[3], columns = output[3];
        long filterWords = BFloat16WinogradConvolution.FilterWords(depth, columns);
        uint* filters = (uint*)Scratch.Shared(filterWords + (depth / 2));
        ushort* zeros = (ushort*)(filters + filterWords);
        new Span<ushort>(zeros, depth).Clear();
        BFloat16WinogradFilters transform = new() { W = w.FloatPointer, Filters = filters, Outputs = w[0], Channels = w[3], Mirrored = mirrored };
        Workers.Run(transform.Chunks, transform);
        BFloat16WinogradConvolution convolution = new()
        {
            Input = input.BFloat16Pointer, Output = output.BFloat16Pointer, Zeros = zeros, Filters = filters, Scratch = Scratch, Images = input[0],
            InputHeight = input[1], InputWidth = input[2], Depth = depth, OutputHeight = output[1], OutputWidth = output[2], Columns = columns,
            Padding = padding, Accumulate = accumulate,
        };
        Workers.Run(convolution.Chunks, convolution);
    }

    /// <summary>Writes zeros to the pixels of a grid that no output reads, one image a chunk.</summary>
    private struct ClearGrid<TArithmetic> : IChunks
        where TArithmetic : IConvolutionArithmetic
    {
        public IndirectConvolution<TArithmetic> Grid;
        public bool Lines;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker) => Grid.Clear(chunk, Lines);
    }
}
