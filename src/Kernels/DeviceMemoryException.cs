namespace NegSamples.Kernels;

/// <summary>A device does not have the memory that was asked for. The message says how much and by whom.</summary>
public sealed class DeviceMemoryException : DeviceException
{
    /// <summary>Makes an exception without a message.</summary>
    public DeviceMemoryException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What asked for how much, and what there is.</param>
    public DeviceMemoryException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">What asked for how much, and what there is.</param>
    /// <param name="innerException">The cause.</param>
    public DeviceMemoryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
