using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>What a generated transform of two tiles reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TransformArguments
{
    /// <summary>Where the pixels of both tiles lie, row by row.</summary>
    public ushort** Pixels;

    /// <summary>Receives the words of the first point.</summary>
    public uint* Target;

    /// <summary>Bytes from one point's words to the next one's.</summary>
    public long PointStride;

    /// <summary>Bytes of a pixel's channels that are transformed, a multiple of 32.</summary>
    public long ChannelBytes;

    /// <summary><see cref="TurnOrder.InTurn"/>, which lays both tiles' numbers side by side.</summary>
    public TurnOrder* Order;
}
