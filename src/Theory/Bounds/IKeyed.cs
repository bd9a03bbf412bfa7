namespace NegSamples.Theory.Bounds;

/// <summary>One of a fixed number of things that files know by their keys.</summary>
/// <typeparam name="TSelf">The kind of thing.</typeparam>
internal interface IKeyed<TSelf>
    where TSelf : class, IKeyed<TSelf>
{
    /// <summary>All there are.</summary>
    static abstract IReadOnlyList<TSelf> All { get; }

    /// <summary>The name in files.</summary>
    string Key { get; }
}
