using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Tests.Kernels.Cuda.Ptx;

public class LocalPromotionTests
{
    private const string Head = "{\n\t.local .align 4 .b8 __local_depot0[4];\n\t.local .align 8 .b8 __local_depot1[8];\n\tmov.b64\t%rd1, __local_depot0;\n\tmov.b64\t%rd2, __local_depot1;\n";

    [Fact]
    public void AnArrayOfOneElementBecomesARegister() => Assert.Equal(
        "{\n\t.reg .b32\t%__local_depot0;\n\t.reg .b64\t%__local_depot1;\n\n\n\tmov.b32\t%__local_depot0, 0;\n\tmov.f32\t%f1, %__local_depot0;\n\tmov.f64\t%fd1, %__local_depot1;\n}",
        LocalPromotion.Promote(Head + "\tst.local.b32\t[%rd1], 0;\n\tld.local.f32\t%f1, [%rd1];\n\tld.local.f64\t%fd1, [%rd2];\n}"));

    /// <summary>An address that is computed with, handed on or stored stays an address.</summary>
    [Theory]
    [InlineData("\tadd.u64\t%rd3, %rd1, 4;")]
    [InlineData("\tst.local.b64\t[%rd2], %rd1;")]
    [InlineData("\tcvta.local.u64\t%rd3, %rd1;")]
    [InlineData("\tld.f32\t%f1, [%rd1];")]
    [InlineData("\tmov.b64\t%rd4, __local_depot0;")]
    public void AnAddressThatIsSeenElsewhereStays(string use)
    {
        string promoted = LocalPromotion.Promote(Head + use + "\n\tst.local.b32\t[%rd1], 0;\n}");
        Assert.Contains(".local .align 4 .b8 __local_depot0[4];", promoted);
        Assert.Contains("st.local.b32\t[%rd1], 0;", promoted);
    }
}
