namespace NegSamples.Kernels;

/// <summary>One parameter's place in the flat parameter tensor, for the optimizers.</summary>
/// <param name="Offset">Its first element.</param>
/// <param name="Length">Its number of elements.</param>
/// <param name="Decay">Whether weight decay applies to it: false for biases and batch norms.</param>
public readonly record struct ParameterSegment(int Offset, int Length, bool Decay);
