namespace NegSamples.Theory.Bounds;

/// <summary>What stands behind a bound.</summary>
public enum BoundStatus
{
    /// <summary>The derivation is known and was checked against enumerated populations; the doc comment of the bound gives its steps.</summary>
    Proved,

    /// <summary>Stated in a publication or its code; the constants are as stated there.</summary>
    Quoted,

    /// <summary>Stated for classes of equal size, which these are not: no bound here.</summary>
    AssumesEqualClasses,

    /// <summary>What a published notebook prints, kept for comparison; not a bound of the supervised loss, or a needlessly loose one.</summary>
    PaperAsPublished,
}
