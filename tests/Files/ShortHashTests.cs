namespace NegSamples.Tests.Files;

public class ShortHashTests
{
    [Theory]
    [InlineData("shapes train seed 0 size 32 count 50000", "shapes train seed 0 size 32 count 50000")]
    [InlineData("folder train count 3 sha256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "folder train count 3 sha256 0123456789ab")]
    [InlineData("(a sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) and (b)", "(a sha256 aaaaaaaaaaaa) and (b)")]
    public void AHashIsSaidByItsBeginning(string text, string expected) => Assert.Equal(expected, NegSamples.Files.ShortHash.In(text));
}
