using System.Text;

namespace NegSamples.Cli;

/// <summary>A stream of text that may be full or closed: what it does not take is counted and dropped, and what is computed goes on.</summary>
/// <param name="inner">The stream.</param>
internal sealed class PatientWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    private long lost;

    /// <summary>Calls whose text was dropped.</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Why, the first time; null while nothing is lost.</summary>
    public string? Reason { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine(string? value) => Write(value + inner.NewLine);

    public override void WriteLine() => Write(inner.NewLine);

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            Interlocked.Increment(ref lost);
            Reason ??= exception.Message;
        }
    }
}
