using System.Text;
using NegSamples.Report;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NegSamples.Cli;

/// <summary>Keeps the control characters of foreign names out of everything that a console draws; its own commands pass.</summary>
internal sealed class HarmlessConsole : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(renderable => new Filtered(renderable));

    private sealed class Filtered(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth).Select(segment =>
        {
            if (segment.IsControlCode || segment.IsLineBreak) return segment;
            string text = Harmless.Text(segment.Text, lines: true);
            return text == segment.Text ? segment : new Segment(text, segment.Style);
        });
    }
}

/// <summary>The console's stream: what the system says of it, but written through another writer.</summary>
/// <param name="inner">The stream itself, which knows whether it is a terminal.</param>
/// <param name="writer">Takes the text.</param>
internal sealed class ConsoleStream(IAnsiConsoleOutput inner, TextWriter writer) : IAnsiConsoleOutput
{
    public TextWriter Writer => writer;

    public bool IsTerminal => inner.IsTerminal;

    public int Width => inner.Width;

    public int Height => inner.Height;

    public void SetEncoding(Encoding encoding) => inner.SetEncoding(encoding);
}
