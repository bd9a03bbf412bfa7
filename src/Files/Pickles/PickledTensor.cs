using NegSamples.Files.Arrays;

namespace NegSamples.Files.Pickles;

/// <summary>Numbers that lie outside the pickle which names them.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Key">Where they lie.</param>
/// <param name="Count">How many the pickle says that there are.</param>
internal sealed record PickledStorage(NumberType Type, string Key, long Count);

/// <summary>A tensor of PyTorch as a pickle has it: a part of a storage, which it does not leave.</summary>
/// <param name="Storage">Where its numbers lie.</param>
/// <param name="Offset">The first.</param>
/// <param name="Shape">Its axes.</param>
/// <param name="Strides">From one to the next along each axis, in numbers.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides);
