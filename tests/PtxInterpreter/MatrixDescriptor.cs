namespace NegSamples.PtxInterpreter;

/// <summary>
/// How <c>wgmma</c> finds a matrix in shared memory. Source: PTX ISA, "Asynchronous warpgroup level matrix instructions", matrix descriptor and the
/// canonical layouts; the leading and the stride offset are meant as CUTLASS's <c>make_gmma_desc</c> means them.
/// </summary>
/// <remarks>
/// Everything is counted in chunks of 16 bytes. With the depth contiguous, rows stand in groups of eight whose rows are as far apart as the swizzle is
/// wide, and groups by the stride. With the rows contiguous, eight places of the depth make a group, groups are the stride apart, and the rows of one
/// width of the swizzle are the leading offset apart.
/// </remarks>
internal readonly struct MatrixDescriptor(ulong bits)
{
    public const int ChunkBytes = 16;

    public ulong Bits => bits;

    private int Start => Field(0) * ChunkBytes;
    private int Leading => Field(16) * ChunkBytes;
    private int Stride => Field(32) * ChunkBytes;

    /// <summary>1 for 128 bytes, 2 for 64, 3 for 32, 0 for none.</summary>
    private int Swizzle => (int)(bits >> 62);

    /// <summary>What the interpreter does not know of it, or null.</summary>
    public string? Unknown => (bits >> 49 & 7) != 0 ? "a base offset" : Swizzle == 0 ? "a matrix without swizzle" : null;

    private int Width => Swizzle switch { 1 => 8, 2 => 4, _ => 2 };

    /// <summary>The address of the chunk that holds eight or four places of the depth of one row.</summary>
    public int DepthChunk(int row, int chunk) => Swizzled(Start + row / 8 * Stride + (row % 8 * Width + chunk) * ChunkBytes);

    /// <summary>The address of the chunk that holds eight rows of one place of the depth.</summary>
    public int RowChunk(int chunk, int depth) =>
        Swizzled(Start + chunk / Width * Leading + depth / 8 * Stride + (depth % 8 * Width + chunk % Width) * ChunkBytes);

    private int Field(int first) => (int)(bits >> first & 0x3FFF);

    /// <summary>The swizzle is of the address itself: bits from 7 on turn those from 4 on.</summary>
    private int Swizzled(int address) => address ^ ((address >> 3) & (Width - 1) * ChunkBytes);
}
