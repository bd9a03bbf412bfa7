using NegSamples.Cli.Help;

namespace NegSamples.Tests.Cli.Help;

public class MarkdownPageTests
{
    /// <summary>With NEGSAMPLES_WRITE_DOCS set the page is written anew instead.</summary>
    [Fact]
    public void ThePageOfTheDocumentationIsTheHelp()
    {
        string path = Path.Combine(SourceTree.Required(), "docs", "command-line.md"), page = string.Concat(MarkdownPage.Lines(Commands.Root()).Select(line => line + "\n"));
        if (Environment.GetEnvironmentVariable("NEGSAMPLES_WRITE_DOCS") is not null) File.WriteAllText(path, page);
        Assert.True(File.ReadAllText(path) == page, "docs/command-line.md is not the help: negsamples man --format markdown > docs/command-line.md");
    }
}
