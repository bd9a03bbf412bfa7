using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>The weight gradient of a 3 x 3 convolution of stride 1 by <see cref="Winograd"/>: in the domain of the 36 points it is 36 products
/// of output gradients [tiles, O] and inputs [tiles, C], summed over tiles; the 3 x 3 weights come out once at the end.</summary>
/// <remarks>
/// A chunk owns a run of tiles and a group of 64 x 64 channels. Groups transform their own channels only; a run keeps its own sums, which
/// are added in the order of the runs. Both cuts depend on the shape alone.
/// </remarks>
internal unsafe struct WinogradBackwardWeight : IChunks
{
    private const int Group = 64, TilesPerPass = 32, Points = Winograd.Points, Rows = MicroKernel.TileRows, Width = MicroKernel.TileColumns;

    public float* X, Dy, Sums;
    public Scratch Scratch;
    public int Images, Height, ImageWidth, Channels, OutputHeight, OutputWidth, Outputs, Padding, Runs;

    private readonly int TilesDown => (OutputHeight + Winograd.Outputs - 1) / Winograd.Outputs;

    private readonly int TilesAcross => (OutputWidth + Winograd.Outputs - 1) / Winograd.Outputs;

    private readonly int ChannelGroups => Tiling.Blocks(Channels, Group);

    public readonly int Chunks => Runs * ChannelGroups * Tiling.Blocks(Outputs, Group);

    /// <summary>How many runs: their sums together stay within 8 MiB.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int RunsFor(int outputs, int channels) => Math.Clamp((2 << 20) / (Points * outputs * channels), 1, 8);

    /// <summary>Floats of one run's sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long SumFloats(int outputs, int channels) => Points * OfSum(outputs, channels);

    /// <summary>Floats from the sums of one point to those of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long OfSum(int outputs, int channels) => ((long)outputs * channels) + Winograd.Gap;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int run = chunk % Runs, group = chunk / Runs;
        int firstChannel = group % ChannelGroups * Group, channels = Math.Min(Group, Channels - firstChannel);
        int firstOutput = group / ChannelGroups * Group, outputs = Math.Min(Group, Outputs - firstOutput);
        long all = (long)Images * TilesDown * TilesAcross, perRun = Tiling.Blocks(all, Runs);
        long first = run * perRun, last = Math.Min(all, first + perRun);
        float* sums = Sums + (run * SumFloats(Outputs, Channels));
        int lanes = Vector<float>.Count;
        long ofInput = ((long)TilesPerPass * channels) + Winograd.Gap, ofGradient = ((long)TilesPerPass * outputs) + Winograd.Gap,
            ofSum = OfSum(Outputs, Channels);
        float* inputs = Scratch.OfWorker(worker, (Points * (ofInput + ofGradient)) + (Points * lanes));
        float* gradients = inputs + (Points * ofInput), corner = gradients + (Points * ofGradient);
        for (long tile = first; tile < Math.Max(last, first + 1); tile += TilesPerPass)
        {
            // A run without tiles still writes its sums: with depth 0 the products are zeros.
            int depth = (int)Math.Clamp(last - tile, 0, TilesPerPass);
            for (int k = 0; k < depth; k++)
            {
                for (int c = 0; c < channels; c += Width)
                {
                    WinogradConvolution.TransformTile(
                        X, Height, ImageWidth, Channels, firstChannel + c, firstChannel + c + Width, Padding, tile + k, TilesDown, TilesAcross,
                        inputs + ((long)c * TilesPerPass) + (k * Width), ofInput, corner);
                }

                TransformGradient(tile + k, firstOutput, outputs, gradients + ((long)k * outputs), ofGradient, corner);
            }

            for (int point = 0; point < Points; point++)
            {
                float* strips = gradients + (point * ofGradient);
                for (int c = 0; c < channels; c += Width)
                {
                    float* panel = inputs + (point * ofInput) + ((long)c * TilesPerPass);
                    for (int o = 0; o < outputs; o += Rows)
                    {
                        float* target = sums + (point * ofSum) + (((long)firstOutput + o) * Channels) + firstChannel + c;
                        MicroKernel.StripTimesPanel(strips + o, outputs, depth, panel, target, Channels, Rows, Width, tile > first);
                    }
                }
            }
        }
    }

    /// <summary>The 36 points of one 4 x 4 tile of output gradients: points[point·stride + o].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformGradient(long tile, int firstOutput, int outputs, float* points, long stride, float* corner)
    {
        const int side = Winograd.Outputs, pointsSide = Winograd.Inputs;
        int left = (int)(tile % TilesAcross) * side, top = (int)(tile / TilesAcross % TilesDown) * side;
        float* image = Dy + (tile / TilesAcross / TilesDown * OutputHeight * OutputWidth * Outputs) + firstOutput;
        int lanes = Vector<float>.Count;
        float* half = stackalloc float[pointsSide * side * lanes];
        bool inside = top + side <= OutputHeight && left + side <= OutputWidth;
        for (int o = 0; o < outputs; o += lanes)
        {
            float* source = image + ((((long)top * OutputWidth) + left) * Outputs) + o;
            long across = Outputs, down = (long)OutputWidth * Outputs;
            if (!inside)
            {
                WinogradConvolution.Gather(image + o, OutputHeight, OutputWidth, Outputs, top, left, side, corner);
                source = corner;
                across = lanes;
                down = side * lanes;
            }

            for (int column = 0; column < side; column++) Winograd.Filter4(source + (column * across), down, half + (column * lanes), side * lanes);
            for (int row = 0; row < pointsSide; row++) Winograd.Filter4(half + (row * side * lanes), lanes, points + (row * pointsSide * stride) + o, stride);
        }
    }
}

/// <summary>Adds the runs' sums in order and brings them back from 36 points to 3 x 3 weights; one output channel a chunk.</summary>
internal unsafe struct WinogradWeightsFromPoints : IChunks
{
    public float* Sums, Dw;
    public int Outputs, Channels, Runs;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int chunk, int worker)
    {
        int lanes = Vector<float>.Count;
        long ofSum = WinogradBackwardWeight.OfSum(Outputs, Channels);
        const int side = Winograd.Inputs;
        float* points = stackalloc float[Winograd.Points * lanes];
        float* half = stackalloc float[3 * side * lanes];
        float* taps = stackalloc float[9 * lanes];
        for (int c = 0; c < Channels; c += lanes)
        {
            for (int point = 0; point < Winograd.Points; point++)
            {
                Vector<float> sum = Vector<float>.Zero;
                for (int run = 0; run < Runs; run++)
                    sum += new Vector<float>(new ReadOnlySpan<float>(Sums + (((run * Winograd.Points) + point) * ofSum) + ((long)chunk * Channels) + c, lanes));
                sum.CopyTo(new Span<float>(points + (point * lanes), lanes));
            }

            for (int column = 0; column < side; column++) Winograd.Output3(points + (column * lanes), side * lanes, half + (column * lanes), side * lanes);
            for (int row = 0; row < 3; row++) Winograd.Output3(half + (row * side * lanes), lanes, taps + (row * 3 * lanes), lanes);
            for (int tap = 0; tap < 9; tap++)
            {
                Span<float> dw = new(Dw + ((((long)chunk * 9) + tap) * Channels) + c, lanes);
                (new Vector<float>(dw) + new Vector<float>(new ReadOnlySpan<float>(taps + (tap * lanes), lanes))).CopyTo(dw);
            }
        }
    }
}
