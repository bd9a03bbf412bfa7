using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>What generated code reads that rounds rows of floats to bfloat16.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RoundingArguments
{
    public float* Source;
    public uint* Target;

    /// <summary>How many: 32 floats in a row, or pairs of rows.</summary>
    public long Count;

    /// <summary>Of pairs of rows: bytes of a row, 32 columns in a row, and bytes from one 32 of the target to the next.</summary>
    public long RowBytes, Panels, PanelBytes;

    /// <summary>See <see cref="ExponentialArguments.Order"/>.</summary>
    public TurnOrder Order;
}
