namespace NegSamples.Files;

/// <summary>Data, or a checkpoint, that is not what it should be. The message names the file, what it is and what it should be.</summary>
public sealed class BadDataException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public BadDataException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The file, what it is, what it should be.</param>
    public BadDataException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">The file, what it is, what it should be.</param>
    /// <param name="innerException">The cause.</param>
    public BadDataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
