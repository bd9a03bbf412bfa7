namespace NegSamples.Kernels;

/// <summary>What tells NCCL which processes belong together: made by one, known to all. It is passed by value.</summary>
internal unsafe struct NcclId
{
    /// <summary>Its length in bytes, NCCL_UNIQUE_ID_BYTES.</summary>
    public const int Length = 128;

    /// <summary>The bytes, which mean something to the library alone.</summary>
    public fixed byte Internal[Length];
}
