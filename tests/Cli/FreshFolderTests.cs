using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

public class FreshFolderTests
{
    [Fact]
    public void TwoOfOneSecondHaveTwoNames()
    {
        using TemporaryFolder folder = new();
        DateTime now = new(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc);
        List<string> names = [];
        for (int i = 0; i < 3; i++)
        {
            names.Add(FreshFolder.Of(folder.Root, "shapes", now));
            Directory.CreateDirectory(names[^1]);
        }

        Assert.Equal(["20260304-050607-shapes", "20260304-050607-shapes-2", "20260304-050607-shapes-3"], names.Select(Path.GetFileName));
    }
}
