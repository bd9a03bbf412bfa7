using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

public class PtxTemplateTests
{
    [Fact]
    public void LoopsStandAsOftenAsTheySayWithTheirNumbers() => Assert.Equal(
        "a;\nb0+0;\nb0+4;\nc1;\nb1+0;\nb1+4;\nc7;\nd\n",
        PtxTemplate.Expand("a;\n#repeat i 2\n\t#repeat j 2\nb$(i)+$(4*j);\n#end\nc$(6*i+(3-1)/2);\n#end\nd"));

    [Fact]
    public void TextWithoutLoopsStaysAsItIs() => Assert.Equal("mov $(x);\r\n", PtxTemplate.Expand("mov $(x);\r\n"));

    [Theory]
    [InlineData("#repeat i 2\na", "has no #end")]
    [InlineData("#repeat i 2\n$(k)\n#end", "k is no loop")]
    [InlineData("#repeat i 2\n#end\n#end", "without #repeat")]
    public void WrongTextIsNamed(string text, string message) => Assert.Contains(message, Assert.Throws<FormatException>(() => PtxTemplate.Expand(text)).Message);
}
