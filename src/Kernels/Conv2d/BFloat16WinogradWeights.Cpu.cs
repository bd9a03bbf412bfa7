using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

/// <summary>The weight gradient of a 3 x 3 convolution of stride 1 in bfloat16 by Winograd's F(3x3, 2x2): 16 products a tile of 2 x 2 pixels instead of 36.</summary>
/// <remarks>
/// The points are 0, 1, −1 and infinity, so that the transforms only add: of inputs <c>(d0 − d2, d1 + d2, d2 − d1, d1 − d3)</c>, of output gradients
/// <c>(g0, g0 + g1, g0 − g1, g1)</c>, whose halves are taken at the end, of sums <c>(m0 + s, d, s − m3)</c> with s and d half the sum and the difference of m1
/// and m2; two-dimensional ones are these along both sides (Lavin and Gray 2015, arXiv:1509.09308). Transformed numbers are rounded to bfloat16 once more,
/// which makes the error 1.8 times that of rounding x and dy alone; the points of a larger tile would make it ten times.
/// <para>
/// A word is two tiles side by side. A chunk is a run of tiles with sums of its own for some channels and some outputs; the runs are added up in their order.
/// </para>
/// </remarks>
internal unsafe struct BFloat16WinogradWeights : IChunks
{
    private const int Side = 4, Points = Side * Side, Tile = 2, PairWidth = Side + Tile;

    // Words that keep the 16 points of a tile out of one set of the first-level cache.
    private const int Gap = 16;

    // Words of the inputs' points of a block: with those of a panel beside it within a second-level cache of 1 MiB.
    private const int BlockWords = 128 << 10;

    private const int MostChannels = 128, MostDepth = 128;

    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns, Lanes = 16;

    /// <summary>Floats of a thread at most: a block's points of inputs and of a panel.</summary>
    public const long WorkerFloats = BlockWords + (Points * ((MostDepth * Columns) + (2 * Gap))) + (MostChannels / 2);

    public ushort* X, Dy;
    public float* Sums;
    public Scratch Scratch;
    public int Images, Height, Width, Channels, OutputHeight, OutputWidth, Outputs, Padding;

    private int runs, chunkChannels, chunkPanels, depth;

    /// <summary>Whether the form is made for a shape and a machine: whole vectors of 16, and tiles that are mostly inside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Suits(Tensor x, Tensor dw, Tensor dy, int stride) =>
        InstructionSets.Chosen == InstructionSet.Avx512 && stride == 1 && dw[1] == 3 && dw[2] == 3 && dw[3] % Lanes == 0 && dw[0] % Columns == 0
        && dy[1] >= Side && dy[2] >= Side && Tiling.RoundUp(dy[1], Tile) * Tiling.RoundUp(dy[2], 2 * Tile) * 2 <= dy[1] * dy[2] * 3;

    public readonly int Runs => runs;

    /// <summary>Floats of one run's sums, [16][C][O].</summary>
    public readonly long SumFloats => (long)Points * Channels * Outputs;

    public readonly int Chunks => runs * ChannelBlocks * PanelGroups;

    private readonly int ChannelBlocks => Tiling.Blocks(Channels, chunkChannels);

    private readonly int PanelGroups => Tiling.Blocks(Outputs / Columns, chunkPanels);

    private readonly int TilesDown => Tiling.Blocks(OutputHeight, Tile);

    private readonly int PairsAcross => Tiling.Blocks(OutputWidth, 2 * Tile);

    /// <summary>Pairs of tiles.</summary>
    private readonly int Pairs => Images * TilesDown * PairsAcross;

    /// <summary>Cuts the work.</summary>
    /// <param name="sumBudget">Floats of all runs' sums together.</param>
    /// <param name="threads">
    /// How many take chunks. Only the groups of panels are cut by it, which no sum is split by: each of them transforms the inputs anew, a fifth of the work with
    /// four.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Plan(long sumBudget, int threads)
    {
        const int mostRuns = 8, chunksOfThread = 3;
        chunkChannels = Math.Min(Channels, MostChannels);
        depth = Math.Min(Pairs, Math.Min(MostDepth, BlockWords / (Points * chunkChannels)));
        runs = (int)Math.Clamp(sumBudget / SumFloats, 1, mostRuns);
        runs = Math.Min(runs, Tiling.Blocks(Pairs, depth));
        int panels = Outputs / Columns;
        chunkPanels = Tiling.Blocks(panels, Math.Min(panels, Tiling.Blocks(chunksOfThread * threads, runs * ChannelBlocks)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(int chunk, int worker)
    {
        int run = chunk % runs, channel = chunk / runs % ChannelBlocks * chunkChannels, firstPanel = chunk / runs / ChannelBlocks * chunkPanels;
        int channels = Math.Min(chunkChannels, Channels - channel), lastPanel = Math.Min(Outputs / Columns, firstPanel + chunkPanels);
        long ofInput = ((long)depth * chunkChannels) + Gap, ofPanel = ((long)depth * Columns) + Gap;
        uint* inputs = (uint*)Scratch.OfWorker(worker, (Points * (ofInput + ofPanel)) + (MostChannels / 2)), panel = inputs + (Points * ofInput);
        ushort* zeros = (ushort*)(panel + (Points * ofPanel));
        new Span<ushort>(zeros, MostChannels).Clear();
        int blocks = Tiling.Blocks(Pairs, depth), first = (int)((long)blocks * run / runs), last = (int)((long)blocks * (run + 1) / runs);
        for (int block = first; block < last; block++)
        {
            int pair = block * depth, words = Math.Min(depth, Pairs - pair);
            TransformInputs(pair, words, channel, channels, inputs, ofInput, zeros);
            for (int p = firstPanel; p < lastPanel; p++)
            {
                TransformGradients(pair, words, p * Columns, panel, ofPanel, zeros);
                float* sums = Sums + (run * SumFloats) + ((long)channel * Outputs) + ((long)p * Columns);
                for (int point = 0; point < Points; point++, sums += (long)Channels * Outputs)
                {
                    for (int strip = 0; strip < channels; strip += Rows)
                    {
                        // So short a product is over before the sums that it adds to have come.
                        Prefetch.Tile(sums + (strip + Rows < channels ? (strip + Rows) * (long)Outputs : (long)Channels * Outputs), Outputs);
                        BFloat16Kernel.SegmentsTimesPanel(
                            inputs + (point * ofInput) + strip, channels, 1, words, 0, panel + (point * ofPanel), sums + ((long)strip * Outputs), Outputs,
                            block > first);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformInputs(int firstPair, int words, int channel, int channels, uint* target, long ofPoint, ushort* zeros)
    {
        ushort** pixels = stackalloc ushort*[Side * PairWidth];
        for (int word = 0; word < words; word++, target += channels)
        {
            int pair = firstPair + word, image = pair / PairsAcross / TilesDown;
            BFloat16Winograd.PointAt(
                X + ((long)image * Height * Width * Channels) + channel, Height, Width, Channels, (pair / PairsAcross % TilesDown * Tile) - Padding,
                (pair % PairsAcross * 2 * Tile) - Padding, Side, PairWidth, zeros, pixels);
            if (MachineCodeSupport.IsThere)
            {
                GeneratedTransforms.Inputs(pixels, channels, target, ofPoint);
                continue;
            }

            for (int c = 0; c < channels; c += Lanes)
            {
                for (int column = 0; column < Side; column++)
                {
                    // The transform along the rows of both tiles, the second of which begins two pixels further, then down the columns.
                    uint* points = target + (column * ofPoint) + c;
                    (Vector512<float> a0, Vector512<float> b0) = AlongRow(pixels, column, c);
                    (Vector512<float> a1, Vector512<float> b1) = AlongRow(pixels + PairWidth, column, c);
                    (Vector512<float> a2, Vector512<float> b2) = AlongRow(pixels + (2 * PairWidth), column, c);
                    (Vector512<float> a3, Vector512<float> b3) = AlongRow(pixels + (3 * PairWidth), column, c);
                    Words(a0 - a2, b0 - b2).Store(points);
                    Words(a1 + a2, b1 + b2).Store(points + (Side * ofPoint));
                    Words(a2 - a1, b2 - b1).Store(points + (2 * Side * ofPoint));
                    Words(a1 - a3, b1 - b3).Store(points + (3 * Side * ofPoint));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void TransformGradients(int firstPair, int words, int output, uint* target, long ofPoint, ushort* zeros)
    {
        ushort** pixels = stackalloc ushort*[Tile * 2 * Tile];
        for (int word = 0; word < words; word++, target += Columns)
        {
            int pair = firstPair + word, image = pair / PairsAcross / TilesDown;
            BFloat16Winograd.PointAt(
                Dy + ((long)image * OutputHeight * OutputWidth * Outputs) + output, OutputHeight, OutputWidth, Outputs, pair / PairsAcross % TilesDown * Tile,
                pair % PairsAcross * 2 * Tile, Tile, 2 * Tile, zeros, pixels);
            if (MachineCodeSupport.IsThere)
            {
                GeneratedTransforms.Gradients(pixels, Columns, target, ofPoint);
                continue;
            }

            for (int c = 0; c < Columns; c += Lanes)
            {
                for (int column = 0; column < Side; column++)
                {
                    uint* points = target + (column * ofPoint) + c;
                    (Vector512<float> a0, Vector512<float> b0) = AlongGradients(pixels, column, c);
                    (Vector512<float> a1, Vector512<float> b1) = AlongGradients(pixels + (2 * Tile), column, c);
                    Words(a0, b0).Store(points);
                    Words(a0 + a1, b0 + b1).Store(points + (Side * ofPoint));
                    Words(a0 - a1, b0 - b1).Store(points + (2 * Side * ofPoint));
                    Words(a1, b1).Store(points + (3 * Side * ofPoint));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second) AlongRow(ushort** pixels, int column, int c) => column switch
    {
        0 => (Load(pixels[0] + c) - Load(pixels[2] + c), Load(pixels[2] + c) - Load(pixels[4] + c)),
        1 => (Load(pixels[1] + c) + Load(pixels[2] + c), Load(pixels[3] + c) + Load(pixels[4] + c)),
        2 => (Load(pixels[2] + c) - Load(pixels[1] + c), Load(pixels[4] + c) - Load(pixels[3] + c)),
        _ => (Load(pixels[1] + c) - Load(pixels[3] + c), Load(pixels[3] + c) - Load(pixels[5] + c)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> First, Vector512<float> Second) AlongGradients(ushort** pixels, int column, int c) => column switch
    {
        0 => (Load(pixels[0] + c), Load(pixels[2] + c)),
        1 => (Load(pixels[0] + c) + Load(pixels[1] + c), Load(pixels[2] + c) + Load(pixels[3] + c)),
        2 => (Load(pixels[0] + c) - Load(pixels[1] + c), Load(pixels[2] + c) - Load(pixels[3] + c)),
        _ => (Load(pixels[1] + c), Load(pixels[3] + c)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(ushort* source) => (Vector512.WidenLower(Vector256.Load(source).ToVector512Unsafe()) << 16).AsSingle();

    /// <summary>Both rounded to the nearest bfloat16, ties to even, in one word.</summary>
    /// <remarks>What comes of adding bfloat16 has no NaN whose lower half could carry.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Words(Vector512<float> first, Vector512<float> second)
    {
        Vector512<uint> low = first.AsUInt32(), high = second.AsUInt32(), half = Vector512.Create(0x7FFFu), one = Vector512<uint>.One;
        low = (low + half + ((low >> 16) & one)) >> 16;
        high = (high + half + ((high >> 16) & one)) & Vector512.Create(0xFFFF0000u);
        return low | high;
    }

    /// <summary>dw [O, 3, 3, C] += what the points' sums of all runs, in their order, make; 16 channels a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly FromPoints Adding(float* dw) => new() { Points = this, Dw = dw };

    internal struct FromPoints : IChunks
    {
        private const int Taps = 3;

        public BFloat16WinogradWeights Points;
        public float* Dw;

        public readonly int Chunks => Points.Channels / Lanes;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int outputs = Points.Outputs, channel = chunk * Lanes, floats = Lanes * outputs;
            long ofPoint = (long)Points.Channels * outputs;
            float* half = Points.Scratch.OfWorker(worker, (Taps * Side * (long)floats) + (2L * floats)), weight = half + (Taps * Side * floats), turned = weight + floats;
            float* sums = Points.Sums + ((long)channel * outputs);

            // Down the columns, then along the rows, all outputs of 16 channels, whole lines of dw, at a time.
            for (int column = 0; column < Side; column++)
            {
                for (int i = 0; i < floats; i += Lanes)
                {
                    float* place = sums + (column * ofPoint) + i;
                    (Vector512<float> w0, Vector512<float> w1, Vector512<float> w2) = Combine(
                        Sum(place), Sum(place + (Side * ofPoint)), Sum(place + (2 * Side * ofPoint)), Sum(place + (3 * Side * ofPoint)));
                    w0.Store(half + (column * floats) + i);
                    w1.Store(half + ((Side + column) * floats) + i);
                    w2.Store(half + (((2 * Side) + column) * floats) + i);
                }
            }

            for (int row = 0; row < Taps; row++)
            {
                float* place = half + (row * Side * floats);
                for (int column = 0; column < Taps; column++)
                {
                    for (int i = 0; i < floats; i += Lanes)
                    {
                        (Vector512<float> w0, Vector512<float> w1, Vector512<float> w2) = Combine(
                            Vector512.Load(place + i), Vector512.Load(place + floats + i), Vector512.Load(place + (2 * floats) + i),
                            Vector512.Load(place + (3 * floats) + i));
                        (column == 0 ? w0 : column == 1 ? w1 : w2).Store(weight + i);
                    }

                    Transpose.EightRows(weight, outputs, outputs, turned, Lanes);
                    Transpose.EightRows(weight + ((long)Rows * outputs), outputs, outputs, turned + Rows, Lanes);
                    float* dw = Dw + (((row * Taps) + column) * Points.Channels) + channel;
                    for (int o = 0; o < outputs; o++, dw += Taps * Taps * Points.Channels)
                        (Vector512.Load(dw) + Vector512.Load(turned + (o * Lanes))).Store(dw);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly Vector512<float> Sum(float* place)
        {
            Vector512<float> sum = Vector512.Load(place);
            for (int run = 1; run < Points.runs; run++) sum += Vector512.Load(place + (run * Points.SumFloats));
            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static (Vector512<float> W0, Vector512<float> W1, Vector512<float> W2) Combine(
            Vector512<float> m0, Vector512<float> m1, Vector512<float> m2, Vector512<float> m3)
        {
            Vector512<float> sum = (m1 + m2) * 0.5f, difference = (m1 - m2) * 0.5f;
            return (m0 + sum, difference, sum - m3);
        }
    }
}
