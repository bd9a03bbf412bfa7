using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>32 places of 16 bits: which number of a vector comes where.</summary>
[InlineArray(32)]
internal struct TurnOrder
{
    private ushort first;

    /// <summary>0, 16, 1, 17 and so on: both halves of a vector in turn.</summary>
    public static readonly TurnOrder InTurn = MakeInTurn();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TurnOrder MakeInTurn()
    {
        TurnOrder order = default;
        for (int i = 0; i < 32; i++) order[i] = (ushort)((i / 2) + (i % 2 * 16));
        return order;
    }
}
