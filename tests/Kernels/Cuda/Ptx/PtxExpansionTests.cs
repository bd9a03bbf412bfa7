using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Tests.Kernels.Cuda.Ptx;

public class PtxExpansionTests
{
    [Fact]
    public void ALineBecomesWhatItsVerbWrites() => Assert.Equal(
        "a;\n.reg .f32 %product<64>;\n",
        string.Join("", PtxExpansion.Expand("a;\n\t.expand pairs DeclareProducts 64;\nb;").Split('\n').Take(2).Select(line => line + "\n")));

    [Fact]
    public void WordsAreOperandsAndNumbersInTheirOrder() => Assert.Contains(
        "st.global.v2.f32 [%rd7+32], {%product38, %product39};\n", PtxExpansion.Expand(".expand pairs StoreProducts 64 3 %rd7;"));

    [Fact]
    public void TextWithoutSuchLinesStaysAsItIs() => Assert.Equal("mov %a, %b;\r\n", PtxExpansion.Expand("mov %a, %b;\r\n"));

    [Theory]
    [InlineData(".expand pairs;", "'pairs' names no text")]
    [InlineData(".expand pairs Nothing;", "'pairs Nothing' names no text")]
    [InlineData(".expand nobody ClearDots;", "'nobody ClearDots' names no text")]
    [InlineData(".expand pairs ClearDots %r1;", "1 word for ClearDots; expected 0")]
    [InlineData(".expand pairs LoadRows Maxima %rd1 %r1 %r2;", "Maxima")]
    public void WrongWordsAreNamed(string text, string message) => Assert.Contains(message, Assert.Throws<ArgumentException>(() => PtxExpansion.Expand(text)).Message);

    /// <summary>Registers of all four rows, eight columns and two halves: each is one element's.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public void ATilesIndexFormulaNamesEachRegisterOnce(int columns)
    {
        RegisterTile tile = new("%t", columns);
        string[] names = [.. from r in Enumerable.Range(0, 4) from n in Enumerable.Range(0, tile.Groups) from c in Enumerable.Range(0, 2) select tile.At(r, n, c)];
        Assert.Equal(Enumerable.Range(0, tile.Count).Select(i => $"%t{i}"), names.Order(new ByNumber()));
        Assert.Equal($"{{{tile.At(2, 3, 0)}, {tile.At(2, 3, 1)}, {tile.At(3, 3, 0)}, {tile.At(3, 3, 1)}}}", tile.Fragment(1, 3));
        Assert.Equal($"{{{tile.At(1, 2, 0)}, {tile.At(1, 2, 1)}}}", tile.Pair(1, 2));
    }

    private sealed class ByNumber : IComparer<string>
    {
        public int Compare(string? x, string? y) => int.Parse(x![2..], System.Globalization.CultureInfo.InvariantCulture)
            .CompareTo(int.Parse(y![2..], System.Globalization.CultureInfo.InvariantCulture));
    }
}
