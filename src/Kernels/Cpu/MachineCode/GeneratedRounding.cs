namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>The generated rounding of rows, as <see cref="GeneratedTiles"/> has the products.</summary>
internal static unsafe class GeneratedRounding
{
    private static readonly delegate* unmanaged[SuppressGCTransition]<RoundingArguments*, void> Numbers = Place(TileWriter.Round()),
        Pairs = Place(TileWriter.RoundPairs());

    /// <summary>See <see cref="TileWriter.Round()"/>; 32·count floats.</summary>
    public static void Round(float* source, uint* target, long count)
    {
        if (count == 0) return;
        RoundingArguments arguments = new() { Source = source, Target = target, Count = count };
        Numbers(&arguments);
    }

    /// <summary>See <see cref="TileWriter.RoundPairs"/>.</summary>
    /// <param name="source">[2·pairs][32·panels].</param>
    /// <param name="pairs">How many pairs.</param>
    /// <param name="panels">How many 32 columns.</param>
    /// <param name="target">Receives the words.</param>
    /// <param name="panelWords">Words from one 32 of the columns to the next.</param>
    public static void RoundPairs(float* source, int pairs, int panels, uint* target, long panelWords)
    {
        if (pairs == 0) return;
        RoundingArguments arguments = new()
        {
            Source = source, Target = target, Count = pairs, RowBytes = (long)panels * MicroKernel.TileColumns * sizeof(float), Panels = panels,
            PanelBytes = panelWords * sizeof(uint), Order = TurnOrder.InTurn,
        };
        Pairs(&arguments);
    }

    private static delegate* unmanaged[SuppressGCTransition]<RoundingArguments*, void> Place(byte[] code) =>
        (delegate* unmanaged[SuppressGCTransition]<RoundingArguments*, void>)ExecutableCode.PlaceOrThrow(code);
}
