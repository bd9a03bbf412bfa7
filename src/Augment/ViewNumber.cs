namespace NegSamples.Augment;

/// <summary>Which view of which image a random one is: its choices are a pure function of these and of the recipe.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Sample">The image's index in its set, from 0.</param>
/// <param name="View">Which view of the image, from 0; training has 0 and 1.</param>
public readonly record struct ViewNumber(ulong Seed, uint Epoch = 0, uint Sample = 0, uint View = 0);
