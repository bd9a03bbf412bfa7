namespace NegSamples.Training;

/// <summary>A setting that cannot be used. The message names the setting and its flag, what it is and what it should be.</summary>
public sealed class SettingsException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public SettingsException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">The setting, what it is, what it should be.</param>
    public SettingsException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with its cause.</summary>
    /// <param name="message">The setting, what it is, what it should be.</param>
    /// <param name="innerException">The cause.</param>
    public SettingsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
