namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>The generated products, made when the first is wanted. Only where <see cref="MachineCodeSupport.IsThere"/>.</summary>
/// <remarks>
/// Generated code cannot throw and looks at nothing: who calls it has checked the buffers. A call is at most some microseconds long, so that it needs no
/// transition out of managed code.
/// </remarks>
internal static unsafe partial class GeneratedTiles
{
    private static readonly delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>
        Rows = Place(TileWriter.RowsTimesPanel(accumulate: false)), RowsAdded = Place(TileWriter.RowsTimesPanel(accumulate: true)),
        Strip = Place(TileWriter.StripTimesPanel(accumulate: false)), StripAdded = Place(TileWriter.StripTimesPanel(accumulate: true)),
        Registers = Place(TileWriter.Peak());

    /// <summary>See <see cref="TileWriter.RowsTimesPanel"/>.</summary>
    public static void RowsTimesPanel(in TileArguments arguments, bool accumulate)
    {
        fixed (TileArguments* place = &arguments) (accumulate ? RowsAdded : Rows)(place);
    }

    /// <summary>See <see cref="TileWriter.StripTimesPanel"/>.</summary>
    public static void StripTimesPanel(in TileArguments arguments, bool accumulate)
    {
        fixed (TileArguments* place = &arguments) (accumulate ? StripAdded : Strip)(place);
    }

    /// <summary>See <see cref="TileWriter.Peak"/>; so many rounds.</summary>
    public static void Peak(long rounds)
    {
        TileArguments arguments = new() { Taps = rounds };
        Registers(&arguments);
    }

    private static delegate* unmanaged[SuppressGCTransition]<TileArguments*, void> Place(byte[] code) =>
        (delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>)ExecutableCode.PlaceOrThrow(code);
}
