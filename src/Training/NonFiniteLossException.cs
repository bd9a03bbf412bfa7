namespace NegSamples.Training;

/// <summary>The loss became NaN or infinite. The message names the step and the last good checkpoint.</summary>
public sealed class NonFiniteLossException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public NonFiniteLossException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The step, the value, and what to do.</param>
    public NonFiniteLossException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">The step, the value, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public NonFiniteLossException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
