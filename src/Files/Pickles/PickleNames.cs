namespace NegSamples.Files.Pickles;

/// <summary>The functions and classes that a kind of pickle may name. None is called: each is understood by its name, and any other ends the reading.</summary>
internal abstract class PickleNames
{
    /// <summary>What the file may hold, for the refusal of what it may not.</summary>
    internal abstract string Expected { get; }

    /// <summary>What to do where it holds something else; a sentence behind the refusal, or nothing.</summary>
    internal virtual string Advice => "";

    /// <summary>Whether the file may make an object of a class and refer to what lies outside the pickle.</summary>
    internal virtual bool HasObjects => false;

    /// <summary>What stands for a name, "module.member"; null where it is not understood.</summary>
    internal abstract object? Find(string name);

    /// <summary>The value of a call, of a name that <see cref="Find"/> gave; null where its arguments are not understood.</summary>
    internal abstract object? Call(object? named, object?[] arguments);

    /// <summary>Gives an object its state.</summary>
    /// <returns>False where it has none.</returns>
    internal virtual bool Build(object? target, object? state) => false;

    /// <summary>What a reference out of the pickle stands for; null where it is not understood.</summary>
    internal virtual object? Refer(object?[] reference) => null;

    /// <summary>A tuple of lengths.</summary>
    /// <returns>Null where it is none.</returns>
    internal static long[]? Lengths(object? tuple)
    {
        if (tuple is not object?[] items) return null;
        long[] lengths = new long[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i] is not (long and >= 0 and <= int.MaxValue and var length)) return null;
            lengths[i] = length;
        }

        return lengths;
    }
}
