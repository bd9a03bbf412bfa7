using NegSamples.Report;
using NegSamples.Theory.Coverage;
using NegSamples.Theory.Tables;

namespace NegSamples.Tests.Report;

public class CouponFigureTests
{
    [Fact]
    public void TheFigureShowsCoverageAndCollision()
    {
        string svg = CouponFigure.Draw(n => CouponTable.Of(ClassDistribution.Uniform(100), n), [32, 64, 128, 256, 512, 1024]);
        Assert.Contains("n (draws)", CouponFigure.Draw(n => CouponTable.Of(ClassCounts.Balanced(2, 3), n), [6]), StringComparison.Ordinal);
        foreach (string expected in new[] { "n (draws)", "probability", "100 equal classes", ">1024<" }) Assert.Contains(expected, svg, StringComparison.Ordinal);
    }
}
