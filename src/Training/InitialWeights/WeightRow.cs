namespace NegSamples.Training.InitialWeights;

/// <summary>What became of a tensor.</summary>
internal enum WeightFate
{
    /// <summary>It is the model's.</summary>
    Taken,

    /// <summary>The file has it and the model does not take it.</summary>
    Left,

    /// <summary>The model has it and the file does not, or it was asked not to take it: it is drawn by the seed.</summary>
    Missing,
}

/// <summary>What became of some tensors of a file or of a model.</summary>
/// <param name="Fate">What.</param>
/// <param name="Part">Which: "layer1", "projection_head".</param>
/// <param name="Tensors">How many.</param>
/// <param name="Note">Where from, or why.</param>
internal sealed record WeightRow(WeightFate Fate, string Part, int Tensors, string Note);
