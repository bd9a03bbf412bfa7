using System.Text.RegularExpressions;

namespace NegSamples.Tests.Files;

/// <summary>"1 image", never "1 images": of every count that is printed.</summary>
public partial class CountedTests
{
    // What follows a value and is no plural noun: verbs, units, and words that end in s; times and points are of measures, never whole.
    private static readonly string[] NoNouns =
    [
        "address", "as", "chooses", "claims", "class", "computes", "does", "ends", "expects", "fails", "fits", "gives", "goes", "has", "holds", "is", "its", "lacks", "lies", "loss",
        "makes", "ms", "names", "nats", "needs", "opens", "overlaps", "points", "prints", "reaches", "reads", "sets", "stands", "starts", "takes", "this", "times", "trains", "unpacks", "was",
    ];

    private static readonly string[] Between = ["and", "are", "beside", "between", "both", "by", "for", "in", "of", "the", "to", "whole", "with"];

    // Names of kinds, a number of a help's text, which a compiler has to know, and extents, "128 x 1 x 1".
    private static readonly string[] Constant = ["{TableFiles.TableKind} files", "{NeighbourFile.PerWord} nearest words", "{grid} blocks", "{threads} threads"];

    [Theory]
    [InlineData(0, "image", "0 images")]
    [InlineData(1, "image", "1 image")]
    [InlineData(2, "test image", "2 test images")]
    [InlineData(1, "class", "1 class")]
    [InlineData(3, "class", "3 classes")]
    [InlineData(2, "batch", "2 batches")]
    [InlineData(2, "epoch", "2 epochs")]
    [InlineData(2, "pass", "2 passes")]
    [InlineData(2, "axis", "2 axes")]
    [InlineData(2, "query", "2 queries")]
    [InlineData(2, "key", "2 keys")]
    [InlineData(1000, "row", "1000 rows")]
    public void OneIsSingular(long count, string noun, string text) => Assert.Equal(text, Counted.Of(count, noun));

    [Fact]
    public void ThousandsMayBeParted() => Assert.Equal("1,000 rows", Counted.Of(1000, "row", "N0"));

    /// <summary>A value in a text with a plural after it is a count that says "1 images" where it is 1.</summary>
    [Fact]
    public void EveryCountOfATextIsWordedInOnePlace()
    {
        string root = SourceTree.OrSkip();
        string[] sources = [.. new[] { "src", "bench/Similarity" }.SelectMany(top => Directory.EnumerateFiles(Path.Combine(root, top), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))];
        Assert.True(sources.Sum(file => File.ReadLines(file).Count(line => line.Contains("{Counted.Of(", StringComparison.Ordinal))) > 200);
        Assert.Equal([], sources.SelectMany(file => File.ReadLines(file).SelectMany((line, at) => PlainCounts(line).Select(count => $"{Path.GetRelativePath(root, file)}, line {at + 1}: {count}"))));
    }

    /// <summary>A fingerprint is compared with those in files: its text is literal, and no wording of counts may change it.</summary>
    [Fact]
    public void NoFingerprintIsWorded()
    {
        string[] lines = [.. Directory.EnumerateFiles(Path.Combine(SourceTree.OrSkip(), "src"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(File.ReadLines).Where(line => Fingerprint().IsMatch(line))];
        Assert.True(lines.Length >= 5, $"{lines.Length}");
        Assert.DoesNotContain(lines, line => line.Contains("Counted.", StringComparison.Ordinal));
    }

    [Fact]
    public void ANewOneIsFound()
    {
        Assert.Equal(["{steps:N0} steps", "{images.Count} test images"], PlainCounts("""Say($"{steps:N0} steps on {images.Count} test images at {rate} images/s");"""));
        Assert.Equal(["""{(n == 1 ? "" : "s")}"""], PlainCounts("""Say($"{n} file{(n == 1 ? "" : "s")}");"""));
        Assert.Equal(["file(s)"], PlainCounts("""Say($"{n} file(s)");"""));
        Assert.Empty(PlainCounts("""Say($"{path} has {Counted.Of(steps, "step")} and {height} x {width} pixels, {rank} of both views");"""));
    }

    private static IEnumerable<string> PlainCounts(string line)
    {
        if (line.TrimStart().StartsWith("//", StringComparison.Ordinal)) return [];
        return Plural().Matches(line).Where(match => !NoNouns.Contains(match.Groups["noun"].Value) && !match.Groups["between"].Value.Split(' ').Intersect(Between).Any())
            .Concat(ByHand().Matches(line)).Concat(Either().Matches(line)).Select(match => match.Value).Except(Constant);
    }

    // Not after " x ": a height and a width are no count.
    [GeneratedRegex("""(?<! x )\{(?! )(?!Counted\.)[^{}"]*\}(?<between>(?: [a-z-]+){0,2}?) (?<noun>[a-z]+s)\b(?![/-])""")]
    private static partial Regex Plural();

    [GeneratedRegex("""(count \{Count\}.* sha256 \{|\bFingerprint = .*\$")""")]
    private static partial Regex Fingerprint();

    [GeneratedRegex("""\w+\(s\)(?=[^"]*")""")]
    private static partial Regex Either();

    [GeneratedRegex("""\{\([^{}]* == 1 \? "(?<one>\w*)" : "\k<one>(?:s|es)"\)\}""")]
    private static partial Regex ByHand();
}
