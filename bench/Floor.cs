namespace NegSamples.Bench;

/// <summary>The least that an operation must do, from its shapes alone: what its time is measured against.</summary>
/// <param name="Flops">Multiplications and additions of the textbook formula. An operation that needs fewer (Winograd's) may pass 100 % of the peak.</param>
/// <param name="Bytes">Memory traffic when every operand is read once and every result written once. What a cache still holds may pass 100 % of the
/// roof.</param>
/// <param name="Images">Images that one call works through, where that is what a user counts; otherwise 0.</param>
public readonly record struct Floor(double Flops, double Bytes, double Images = 0);
