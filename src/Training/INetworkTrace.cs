namespace NegSamples.Training;

/// <summary>Is told the operations of a network in inference, in the order of its forward pass; see <see cref="Model.Trace"/>.</summary>
/// <remarks>A text stands for the result of an operation: each returns that of its own, which the ones behind it name as their input. Weights are named as in
/// <see cref="Model.Tensors"/>.</remarks>
public interface INetworkTrace
{
    /// <summary>A convolution of square windows without bias.</summary>
    /// <param name="x">Feature maps.</param>
    /// <param name="weight">The weights.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="padding">Pixels of 0 on each side.</param>
    string Convolution(string x, string weight, int stride, int padding);

    /// <summary>Batch norm with the running statistics, a residual sum and ReLU: <c>act(norm(x) + residual)</c>.</summary>
    /// <param name="x">Feature maps, or rows.</param>
    /// <param name="norm">What its four tensors' names begin with.</param>
    /// <param name="residual">What is added; null for nothing.</param>
    /// <param name="relu">Whether ReLU follows.</param>
    string BatchNorm(string x, string norm, string? residual, bool relu);

    /// <summary>The largest number of each square window; what is outside the map has no part.</summary>
    /// <param name="x">Feature maps.</param>
    /// <param name="kernel">The window's side.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="padding">Pixels outside the map on each side.</param>
    string MaxPool(string x, int kernel, int stride, int padding);

    /// <summary>The mean over the pixels of each channel: maps to rows.</summary>
    /// <param name="x">Feature maps.</param>
    string MeanOfPixels(string x);

    /// <summary>A linear layer of rows.</summary>
    /// <param name="x">Rows.</param>
    /// <param name="weight">The weights, [out, in].</param>
    /// <param name="bias">The bias; null for none.</param>
    string Linear(string x, string weight, string? bias);

    /// <summary>Rows scaled to unit length.</summary>
    /// <param name="x">Rows.</param>
    string UnitRows(string x);
}
