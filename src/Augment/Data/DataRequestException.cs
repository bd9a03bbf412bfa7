namespace NegSamples.Augment.Data;

/// <summary>Sound data were asked for what they cannot give. The message names the setting in backticks, as the file of settings does.</summary>
public sealed class DataRequestException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public DataRequestException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The setting, what it is, why the data cannot give it.</param>
    public DataRequestException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">The setting, what it is, why the data cannot give it.</param>
    /// <param name="innerException">The cause.</param>
    public DataRequestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
