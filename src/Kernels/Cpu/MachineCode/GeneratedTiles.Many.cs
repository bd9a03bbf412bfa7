namespace NegSamples.Kernels.Cpu.MachineCode;

internal static unsafe partial class GeneratedTiles
{
    private static readonly delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>
        Rounded = Place(TileWriter.RowsTimesPanelRounded(addSums: false, accumulate: false)),
        RoundedSums = Place(TileWriter.RowsTimesPanelRounded(addSums: true, accumulate: false)),
        RoundedAdded = Place(TileWriter.RowsTimesPanelRounded(addSums: false, accumulate: true)),
        RoundedSumsAdded = Place(TileWriter.RowsTimesPanelRounded(addSums: true, accumulate: true)),
        RoundedStrip = Place(TileWriter.StripTimesPanelRounded(addSums: false)), RoundedStripSums = Place(TileWriter.StripTimesPanelRounded(addSums: true)),
        Many = Place(TileWriter.ManyRowsTimesPanel());

    /// <summary>See <see cref="TileWriter.StripTimesPanelRounded"/>.</summary>
    public static void StripTimesPanelRounded(in TileArguments arguments, bool addSums)
    {
        fixed (TileArguments* place = &arguments) (addSums ? RoundedStripSums : RoundedStrip)(place);
    }

    /// <summary>See <see cref="TileWriter.ManyRowsTimesPanel"/>; moves the arguments along.</summary>
    public static void ManyRowsTimesPanel(ref TileArguments arguments)
    {
        fixed (TileArguments* place = &arguments) Many(place);
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
