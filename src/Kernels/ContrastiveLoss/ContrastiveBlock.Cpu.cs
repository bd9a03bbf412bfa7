using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>One block of rows on its way through both passes: where it lies, how the keys are cut, and the memory that its steps share.</summary>
internal unsafe struct ContrastiveBlock
{
    /// <summary>Rows that meet a tile of keys at a time: a panel of the micro-kernel's, the queries of a <see cref="LogitPanel"/>.</summary>
    public const int PanelRows = MicroKernel.TileColumns;

    /// <summary>
    /// Rows of a tile of dot products. Its keys lie 6 lines apart (2 in what is left of a block's rows), so that one row's products with all keys of a tile
    /// fall into half of the sets of the first-level cache: 128 rows would use an eighth of them.
    /// </summary>
    public const int TileRows = 3 * PanelRows;

    /// <summary>Keys of a tile at most.</summary>
    private const int MostKeys = 256;

    // Splits of key tiles, each with its own partial sums: by the shape alone, never by the threads, so that the order of the sums is fixed.
    private const int MostSplits = 16, MostPartialFloats = 1 << 20;

    // Fewer splits are cut by rows in two, and the last of them in four: a thread that is done early finds a small piece and need not wait for the whole split
    // of another.
    private const int LastSplits = 2, PartsOfLastSplit = 4, PartsOfFewSplits = 2;

    // With fewer rows than these, walking the keys once more for each block costs as much as the product that cached logits save. 64 rows gain a tenth.
    private const int LeastCachedRows = 64;

    public ContrastivePairs Pairs;
    public RowLoss Loss;

    /// <summary>Whether products round their operands to bfloat16: queries, keys and weights are words then, and cached exponentials bfloat16.</summary>
    public bool InBFloat16;
    public Scratch Scratch;
    public float* RowLoss, RowLogSumExp, Dq, Dk, Dp;

    /// <summary>Receives what these keys leave of each row, where they are a part of the keys.</summary>
    public RowState* States;

    /// <summary>The block's rows.</summary>
    public int FirstRow, Rows;

    /// <summary>Rows that a block has at most, whole panels of them; keys of a tile, tiles of a split, and splits.</summary>
    public int Capacity, TileKeys, TilesPerSplit, Splits;

    /// <summary>
    /// Whether the queries' gradient is summed up in the first pass: Σ e^{s − m}·k with a running maximum. Only the keys' gradient is left to the second.
    /// </summary>
    public bool OnePass;

    /// <summary>
    /// Whether the second pass is the only one, as the weights of a loss of pairs wait for no sum: it sums up as it weighs, and makes each dot product once.
    /// </summary>
    public bool SumsWhileWeighing;

    /// <summary>The queries as [rows/32][depth][32] and as [depth/32][capacity][32].</summary>
    public float* QueryPanels, QueryValues;

    /// <summary>The queries' gradient of each split, [splits][capacity][width].</summary>
    public float* Partial;

    /// <summary>
    /// The block's dot products, [tile of keys][tile of rows][key][row], masked, or their exponentials where the first pass needs these; null where they are
    /// computed again. Dot products beside products of bfloat16 are [tile of keys][panel of rows][key][row]: they stay floats, as the weights are to err by
    /// 2⁻⁹ of their size and not by e to the 2⁻⁹ of a logit.
    /// </summary>
    public float* CachedLogits;

    /// <summary>The dot products that the cached exponentials are relative to, [tile][capacity]; null where none are cached.</summary>
    public float* TileOffsets;

    /// <summary>The dot product that each split's sums of a row are relative to, [splits][capacity].</summary>
    public float* Offsets;

    /// <summary>Each split's sum of exponentials of each row, [splits][capacity], and what else it leaves of it.</summary>
    public double* Sums;
    public RowPartial* RowPartials;

    /// <summary>What the second pass needs of each row.</summary>
    public WeightFactors Factors;

    /// <summary>Which keys the sums of each row count, [rows/32][keys], bit i of a word for row i of the panel; null where no sample is drawn.</summary>
    public uint* SampleBits;

    /// <summary>How many keys that are, [capacity].</summary>
    public int* SampleCounts;

    /// <summary>The depth, filled up to whole panels.</summary>
    public readonly int Width => Tiling.RoundUp(Pairs.Depth, MicroKernel.TileColumns);

    /// <summary>Tiles of keys.</summary>
    public readonly int Tiles => Tiling.Blocks(Pairs.KeyCount, TileKeys);

    /// <summary>Whether the keys are walked a second time.</summary>
    public readonly bool SecondPass => OnePass ? Dk != null : Dq != null || Dk != null;

    /// <summary>Whether the second pass adds to the queries' gradient.</summary>
    public readonly bool WeighsQueries => Dq != null && !OnePass;

    /// <summary>
    /// Tiles that a thread takes at a time in the second pass: of the keys' gradient alone no sums outlive a tile, and small pieces leave no thread waiting.
    /// </summary>
    public readonly int TilesPerWeighing => WeighsQueries || SumsWhileWeighing ? TilesPerSplit : Math.Min(TilesPerSplit, 16);

    /// <summary>Pieces of the first pass.</summary>
    public readonly int SumPieces => (FirstSplits * PartsOfSplit) + ((Splits - FirstSplits) * PartsOfLastSplit);

    /// <summary>Pieces of the second pass.</summary>
    public readonly int WeighPieces => Tiling.Blocks(Tiles, TilesPerWeighing);

    /// <summary>The block's rows, filled up to whole panels.</summary>
    public readonly int PaddedRows => Tiling.RoundUp(Rows, PanelRows);

    /// <summary>Floats of the memory that <see cref="Place"/> hands out.</summary>
    public readonly long SharedFloats =>
        CachedFloats + TileOffsetFloats + OffsetFloats + FactorFloats + PanelFloats + ValueFloats + PartialFloats + RowPartialFloats
        + SampleFloats;

    private bool CachesLogits { get; set; }

    private int PartsOfSplit { get; set; }

    private readonly int FirstSplits => Math.Max(0, Splits - LastSplits);

    private readonly long CachedFloats => CachesLogits ? (long)Tiles * TileKeys * Capacity * CachedBytes / sizeof(float) : 0;

    private readonly int CachedBytes => InBFloat16 && OnePass ? sizeof(ushort) : sizeof(float);

    private readonly long TileOffsetFloats => CachesLogits && OnePass ? (long)Tiles * Capacity : 0;

    private readonly long OffsetFloats => (long)Splits * Capacity;

    private readonly long FactorFloats => (long)Capacity * WeightFactors.Arrays;

    private readonly long PanelFloats => (long)Capacity * (InBFloat16 ? BFloat16Rows.Words(Pairs.Depth) : Pairs.Depth);

    private readonly long ValueFloats => Dk == null ? 0 : (long)Capacity * Width / (InBFloat16 ? 2 : 1);

    private readonly long PartialFloats => Dq == null ? 0 : (long)Splits * Capacity * Width;

    private readonly long SampleFloats => Pairs.Sample.Draws ? ((long)Capacity / PanelRows * Pairs.KeyCount) + Capacity : 0;

    private readonly long RowPartialFloats => (long)Splits * Capacity * (sizeof(double) + sizeof(RowPartial)) / sizeof(float);

    /// <summary>Cuts rows and keys, by their numbers alone.</summary>
    /// <param name="cachedBytes">Bytes that dot products may take from the first pass to the second.</param>
    /// <param name="mostRows">Rows whose queries and gradient the second-level cache holds; a multiple of 32.</param>
    /// <param name="onePass">See <see cref="OnePass"/>.</param>
    public void Plan(long cachedBytes, int mostRows, bool onePass)
    {
        OnePass = onePass;
        TileKeys = Math.Clamp(Tiling.RoundUp(Tiling.Blocks(Pairs.KeyCount, MostSplits), MicroKernel.TileRows), MicroKernel.TileRows, MostKeys);
        int rows = Tiling.RoundUp(Pairs.Rows, PanelRows), cached = (int)Math.Min(mostRows, cachedBytes / ((long)Tiles * TileKeys * CachedBytes));
        cached = cached / PanelRows * PanelRows;
        CachesLogits = SecondPass && cached >= Math.Min(LeastCachedRows, rows);
        Capacity = Tiling.RoundUp(Tiling.Blocks(Pairs.Rows, Tiling.Blocks(rows, CachesLogits ? cached : mostRows)), PanelRows);
        int splits = Dq == null || SumsWhileWeighing ? MostSplits
            : Math.Clamp(MostPartialFloats / (Capacity * Width), MostSplits / PartsOfFewSplits, MostSplits);
        PartsOfSplit = splits < MostSplits ? PartsOfFewSplits : 1;
        TilesPerSplit = Tiling.Blocks(Tiles, splits);
        Splits = Tiling.Blocks(Tiles, TilesPerSplit);
    }

    /// <summary>Hands out the memory of all steps.</summary>
    public void Place(float* shared)
    {
        CachedLogits = CachesLogits ? shared : null;
        shared += CachedFloats;
        TileOffsets = CachesLogits && OnePass ? shared : null;
        shared += TileOffsetFloats;
        Offsets = shared;
        shared += OffsetFloats;
        Factors = new WeightFactors(shared, Capacity);
        shared += FactorFloats;
        QueryPanels = shared;
        shared += PanelFloats;
        QueryValues = shared;
        shared += ValueFloats;
        Partial = shared;
        Sums = (double*)(shared + PartialFloats);
        RowPartials = (RowPartial*)(Sums + ((long)Splits * Capacity));
        if (!Pairs.Sample.Draws) return;
        SampleCounts = (int*)(shared + PartialFloats + RowPartialFloats);
        SampleBits = (uint*)(SampleCounts + Capacity);
    }

    /// <summary>The tile's keys and those filled up to whole tiles of the micro-kernel.</summary>
    public readonly (int FirstKey, int Count, int Whole) KeysOf(int tile)
    {
        int first = tile * TileKeys, count = Math.Min(TileKeys, Pairs.KeyCount - first);
        return (first, count, Tiling.RoundUp(count, MicroKernel.TileRows));
    }

    /// <summary>A piece of the first pass: a split and those of its rows.</summary>
    public readonly (int Split, int FirstRow, int LastRow) SumPiece(int piece)
    {
        int ofFirst = FirstSplits * PartsOfSplit, within = piece < ofFirst ? piece : piece - ofFirst, parts = piece < ofFirst ? PartsOfSplit : PartsOfLastSplit;
        int part = within % parts, rows = Tiling.RoundUp(Tiling.Blocks(PaddedRows, parts), TileRows);
        return ((piece < ofFirst ? 0 : FirstSplits) + (within / parts), Math.Min(PaddedRows, part * rows), Math.Min(PaddedRows, (part + 1) * rows));
    }

    /// <summary>Whether the micro-kernel may turn a panel of dot products into exponentials: one of each, and all pairs count.</summary>
    public readonly bool CanFuse(int row, int firstKey, int keys) =>
        (InBFloat16 ? keys % MicroKernel.TileRows == 0 : MicroKernel.HasExponentials) && !Pairs.IsOfPairs && Pairs.Concentration == 0
        && !Pairs.AnyMasked(FirstRow + row, Math.Min(PanelRows, Rows - row), firstKey, keys);

    /// <summary>What makes weights of a row's exponentials that are relative to an offset.</summary>
    public readonly float FactorFrom(float offset, int row) =>
        (float)(Factors.BySum[row] * Math.Exp(((double)offset - Factors.Offsets[row]) / Pairs.Temperature));

    /// <summary>Masks what the sums do not count in a panel of dot products: what was not drawn, or what is no negative of its row.</summary>
    /// <param name="dots">[keys][stride].</param>
    /// <param name="stride">Floats from one key to the next.</param>
    /// <param name="row">The panel's first row of the block.</param>
    /// <param name="firstKey">The first of its keys.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="equalLabels">32 numbers, which grow by how many keys of the own label were masked; a sample leaves them.</param>
    public readonly void Mask(float* dots, long stride, int row, int firstKey, int keys, int* equalLabels)
    {
        if (SampleBits == null) Pairs.Mask(dots, stride, FirstRow + row, Math.Min(PanelRows, Rows - row), firstKey, keys, equalLabels);
        else LogitPanel.Mask(dots, stride, keys, SampleBits + ((long)row / PanelRows * Pairs.KeyCount) + firstKey);
    }

    /// <summary>How many keys the sums of a row count, of which so many have its label and are for that no negatives.</summary>
    public readonly int Negatives(int row, int equal) => SampleCounts == null ? Pairs.Negatives(FirstRow + row, equal) : SampleCounts[row];

    /// <summary>Where a tile's dot products lie in the cached logits.</summary>
    public readonly float* CachedLogitsOf(int tile, int firstRow) => CachedLogits + ((((long)tile * Capacity) + firstRow) * TileKeys);

    /// <summary>Where a tile's exponentials lie in the cache if they are bfloat16.</summary>
    public readonly ushort* CachedExponentialsOf(int tile, int firstRow) => (ushort*)CachedLogits + ((((long)tile * Capacity) + firstRow) * TileKeys);
}

/// <summary>What one split of keys leaves of a row beside its sum: a second one, relative to the same offset, and dot products.</summary>
internal struct RowPartial
{
    public double TiltedSum, EqualLabelSum;
    public float Positive;
    public int EqualLabels;
}

/// <summary>
/// What the second pass needs of the rows, an array of each: what their exponentials are relative to and the weights' factors, each over N·T.
/// </summary>
internal readonly unsafe struct WeightFactors(float* memory, int capacity)
{
    public const int Arrays = 5;

    public readonly float* Offsets = memory, BySum = memory + capacity, ByTiltedSum = memory + (2L * capacity), ByEqualLabel = memory + (3L * capacity);
    public readonly float* ByPositive = memory + (4L * capacity);

    public void Set(int row, in RowFactors factors)
    {
        (Offsets[row], BySum[row], ByTiltedSum[row]) = (factors.Offset, factors.BySum, factors.ByTiltedSum);
        (ByEqualLabel[row], ByPositive[row]) = (factors.ByEqualLabel, factors.ByPositive);
    }
}
