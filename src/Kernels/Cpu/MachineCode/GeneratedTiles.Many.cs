namespace NegSamples.Kernels.Cpu.MachineCode;

internal static unsafe partial class GeneratedTiles
{
    private static readonly delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>
        Rounded = Place(TileWriter.RowsTimesPanelRounded(addSums: false, accumulate: false)),
        RoundedSums = Place(TileWriter.RowsTimesPanelRounded(addSums: true, accumulate: false)),
        RoundedAdded = Place(TileWriter.RowsTimesPanelRounded(addSums: false, accumulate: true)),
        RoundedSumsAdded = Place(TileWriter.RowsTimesPanelRounded(addSums: true, accumulate: true)),
<<<<<<< HEAD:src/Kernels/Cpu/MachineCode/GeneratedTiles.Rounded.cs
        RoundedStrip = Place(TileWriter.StripTimesPanelRounded(addSums: false)), RoundedStripSums = Place(TileWriter.StripTimesPanelRounded(addSums: true));

    /// <summary>See <see cref="TileWriter.StripTimesPanelRounded"/>.</summary>
    public static void StripTimesPanelRounded(in TileArguments arguments, bool addSums)
    {
        fixed (TileArguments* place = &arguments) (addSums ? RoundedStripSums : RoundedStrip)(place);
=======
        Many = Place(TileWriter.ManyRowsTimesPanel());

    /// <summary>See <see cref="TileWriter.ManyRowsTimesPanel"/>; moves the arguments along.</summary>
    public static void ManyRowsTimesPanel(ref TileArguments arguments)
    {
        fixed (TileArguments* place = &arguments) Many(place);
>>>>>>> 0d4d8178fcf3e6c1d9a6894ec47165451d4bc996:src/Kernels/Cpu/MachineCode/GeneratedTiles.Many.cs
    }

    /// <summary>See <see cref="TileWriter.RowsTimesPanelRounded"/>; moves the arguments along.</summary>
    public static void RowsTimesPanelRounded(ref TileArguments arguments, bool addSums, bool accumulate)
    {
        fixed (TileArguments* place = &arguments)
        {
            (addSums ? accumulate ? RoundedSumsAdded : RoundedSums : accumulate ? RoundedAdded : Rounded)(place);
        }
    }
}
