namespace NegSamples.Kernels.Cpu.MachineCode;

internal static unsafe partial class GeneratedTiles
{
    private static readonly delegate* unmanaged[SuppressGCTransition]<TileArguments*, void>
        Input = Place(TileWriter.WinogradInput()), Output = Place(TileWriter.WinogradOutput(accumulate: false)),
        OutputAdded = Place(TileWriter.WinogradOutput(accumulate: true));

    /// <summary>See <see cref="TileWriter.WinogradInput"/>.</summary>
    public static void WinogradInput(in TileArguments arguments)
    {
        fixed (TileArguments* place = &arguments) Input(place);
    }

    /// <summary>See <see cref="TileWriter.WinogradOutput"/>.</summary>
    public static void WinogradOutput(in TileArguments arguments, bool accumulate)
    {
        fixed (TileArguments* place = &arguments) (accumulate ? OutputAdded : Output)(place);
    }
}
