namespace NegSamples.Kernels;

/// <summary>A device is missing, cannot be used, or failed while computing. The message says which and why.</summary>
public class DeviceException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public DeviceException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong with which device.</param>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">What is wrong with which device.</param>
    /// <param name="innerException">The cause.</param>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
