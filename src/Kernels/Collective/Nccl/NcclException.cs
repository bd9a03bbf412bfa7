namespace NegSamples.Kernels;

/// <summary>NCCL cannot be loaded, does not start, or has lost a rank. The message says which and why.</summary>
internal sealed class NcclException : DeviceException
{
    /// <summary>Makes an exception without a message.</summary>
    public NcclException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong.</param>
    public NcclException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public NcclException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
