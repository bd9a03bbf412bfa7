using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class RowLossCheckTests
{
    [Fact]
    public void EveryLossHasTheDerivativesOfItsLoss()
    {
        string[] all = [.. typeof(RowLoss).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RowLoss)) && !type.IsNested).Select(type => type.Name).Order(StringComparer.Ordinal)];
        RowLoss[] losses = [new InfoNce(), new Decoupled(), new Debiased(0.1), new HardNegatives(0.1, 1.5), new HardNegatives(0, 0), new SupervisedContrastive(), new Sigmoid()];
        Assert.Equal(all, losses.Select(loss => loss.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(losses, loss =>
        {
            for (ulong seed = 1; seed <= 5; seed++) RowLossCheck.Of(loss, seed).Require();
        });
    }

    [Theory]
    [InlineData("size")]
    [InlineData("sign")]
    [InlineData("term")]
    [InlineData("maximum")]
    [InlineData("nan")]
    public void AWrongDerivativeIsFoundAndNamed(string fault)
    {
        RowLossCheck check = RowLossCheck.Of(new Broken(fault));
        Assert.True(check.GreatestError > 1e-3);
        Assert.Contains("of a row with", check.Fault, StringComparison.Ordinal);
        Assert.Equal(check.Fault, Assert.Throws<InvalidOperationException>(check.Require).Message);
        Assert.Equal(check.Fault, RowLossCheck.Of(new Broken(fault)).Fault);
    }

    /// <summary>InfoNCE with one fault.</summary>
    private sealed record Broken(string What) : RowLoss
    {
        public override RowResult Of(in RowSums row)
        {
            RowResult right = new InfoNce().Of(row);
            return What switch
            {
                "size" => right with { BySum = 1.01 * right.BySum },
                "sign" => right with { ByPositive = -right.ByPositive },
                "term" => right with { ByPositive = 0 },
                "maximum" => right with { Loss = right.Loss + (0.01 * row.Maximum) },
                _ => right with { BySum = double.NaN },
            };
        }
    }
}
