namespace NegSamples.Kernels;

/// <summary>The MPI library is missing, is not the launcher's, or failed. The message says which and why.</summary>
internal sealed class MpiException : DeviceException
{
    /// <summary>Makes an exception without a message.</summary>
    public MpiException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong with which library.</param>
    public MpiException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">What is wrong with which library.</param>
    /// <param name="innerException">The cause.</param>
    public MpiException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
