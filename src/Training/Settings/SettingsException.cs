namespace NegSamples.Training.Settings;

/// <summary>A setting that cannot be used. The message names the setting, what it is and what it should be.</summary>
/// <remarks>
/// The name stands in backticks, as in "`batchSize` is 1; expected at least 2", so that a program can say what its user calls the setting instead:
/// a flag, a field of a form. So do the names of settings in all other messages.
/// </remarks>
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

    /// <summary>Throws where a setting is out of its range.</summary>
    /// <param name="holds">Whether it is in its range.</param>
    /// <param name="setting">Its name in the file of settings.</param>
    /// <param name="value">What it is.</param>
    /// <param name="expected">What it should be.</param>
    /// <exception cref="SettingsException">It is out of its range.</exception>
    internal static void Require(bool holds, string setting, object value, string expected)
    {
        if (!holds) throw new SettingsException(FormattableString.Invariant($"`{setting}` is {(value is bool choice ? choice ? "true" : "false" : value)}; expected {expected}."));
    }
}
