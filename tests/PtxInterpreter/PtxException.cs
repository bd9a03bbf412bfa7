namespace NegSamples.PtxInterpreter;

/// <summary>PTX that the interpreter does not understand or cannot run; the message quotes the line.</summary>
public sealed class PtxException(string message, int line, string text) : Exception($"{message}\n  line {line}: {text.Trim()}")
{
    public int Line { get; } = line;
}
