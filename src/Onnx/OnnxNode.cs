using NegSamples.Files;

namespace NegSamples.Onnx;

/// <summary>One operation of a graph.</summary>
/// <param name="Operation">Its name in ONNX.</param>
/// <param name="Inputs">The results and weights that it reads.</param>
/// <param name="Output">The name of its result.</param>
/// <param name="Attributes">Its settings, AttributeProto.</param>
internal sealed record OnnxNode(string Operation, IReadOnlyList<string> Inputs, string Output, params IReadOnlyList<ProtobufMessage> Attributes)
{
    private const int RealKind = 1, WholeKind = 2, WholesKind = 7; // AttributeProto.AttributeType

    /// <summary>A setting that is a whole number.</summary>
    public static ProtobufMessage Whole(string name, long value) => new ProtobufMessage().With(1, name).With(3, value).With(20, WholeKind);

    /// <summary>A setting that is several whole numbers.</summary>
    public static ProtobufMessage Wholes(string name, params ReadOnlySpan<long> values) => new ProtobufMessage().With(1, name).With(8, values).With(20, WholesKind);

    /// <summary>A setting that is a real number.</summary>
    public static ProtobufMessage Real(string name, float value) => new ProtobufMessage().With(1, name).WithReal(2, value).With(20, RealKind);

    /// <summary>NodeProto.</summary>
    public ProtobufMessage ToMessage()
    {
        ProtobufMessage message = new();
        message.With(1, [.. Inputs]).With(2, Output).With(3, Output).With(4, Operation);
        foreach (ProtobufMessage attribute in Attributes) message.With(5, attribute);
        return message;
    }
}
