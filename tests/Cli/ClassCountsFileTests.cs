using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Cli;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

public class ClassCountsFileTests
{
    [Theory]
    [InlineData("50\n60\n0\n", new[] { 50, 60, 0 })]
    [InlineData("# a comment\n\ncat 50\r\naquarium fish\t60 # of 70\n", new[] { 50, 60 })]
    [InlineData("class,count\ncat,5\n\"dog\",\"7\"\n", new[] { 5, 7 })]
    [InlineData("0;5\n1;7", new[] { 5, 7 })]
    [InlineData("C#,5\nF#,7", new[] { 5, 7 })]
    public void CountsAreRead(string text, int[] expected) => Assert.Equal(expected, Read(text));

    [Theory]
    [InlineData("", "holds no counts")]
    [InlineData("# nothing\n", "holds no counts")]
    [InlineData("class,count\n", "holds no counts")]
    [InlineData("0\n0\n", "all counts are 0")]
    [InlineData("5\n-1\n", "line 2: the count is '-1'")]
    [InlineData("5\n1.5\n", "line 2: the count is '1.5'")]
    [InlineData("5\ncat\n", "line 2: the count is 'cat'")]
    [InlineData("cat\n", "line 1: the count is 'cat'")]
    [InlineData("5\n99999999999\n", "line 2: the count is '99999999999'")]
    [InlineData("2000000000\n2000000000\n", "sum to 4000000000")]
    [InlineData("10 20 30\n", "line 1 has 3 numbers")]
    [InlineData("cat 1\ndog 2\ncat 3\n", "line 3: the class 'cat' stands in line 1 already")]
    public void BadCountsAreNamed(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<BadDataException>(() => Read(text)).Message, StringComparison.Ordinal);

    private static IReadOnlyList<int> Read(string text)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("counts.txt");
        File.WriteAllText(path, text);
        return ClassCountsFile.Read(path);
    }
}
