using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>Runs the tests of the kernels that have code per instruction set once more, in a process that may use less than this machine has.</summary>
public partial class InstructionSetsTests
{
    private const string Child = "NEGSAMPLES_TESTS_CHILD";

    /// <summary>What meets every loop that is written per instruction set, and takes seconds.</summary>
    private static readonly string[] Methods =
    [
        Of<MatMulTests>(), Of<Conv2dTests>(), Of<BFloat16Conv2dTests>(), Of<BFloat16WinogradTests>(), Of<BFloat16MatMulTests>(),
        Of<BFloat16WeightGradientTests>(), Of<ExponentialTests>(), Of<InstructionSetsTests>(), Of<IActivationTests>(),
        Of<TwoViewsTests>(nameof(TwoViewsTests.TheEnginesAgree)),
        Of<TwoViewsTests>(nameof(TwoViewsTests.TheGradientIsTheSlopeOfTheMeanLossInRandomDirections)),
        Of<TwoViewsTests>(nameof(TwoViewsTests.NegativesFarBelowTheAnchorItselfDoNotUnderflow)),
        Of<TwoViewsTests>(nameof(TwoViewsTests.ANaNIsNotLost)),
        Of<SymmetricBlocksTests>(nameof(SymmetricBlocksTests.LossAndGradientErrNoMoreThanTwiceTheNaiveFloatFormula)),
        Of<SigmoidTests>(nameof(SigmoidTests.LossAndGradientsErrNoMoreThanFloatsMust)), Of<LogisticTests>(),
        Of<LossFamilyTests>(nameof(LossFamilyTests.DzIsTheSlopeOfTheMeanLossInRandomDirections)),
        Of<ContrastiveLossTests>(nameof(ContrastiveLossTests.MaximaMayRiseFromTileToTileAndTilesMayBeMaskedWhole)),
    ];

    [Theory]
    [InlineData("avx2", "1")]
    [InlineData("portable", "1")]
    [InlineData("portable", "0")]
    public void TheKernelTestsPassOnNarrowerInstructionSets(string instructionSet, string enableAvx2)
    {
        if (Environment.GetEnvironmentVariable(Child) is not null) return; // this process is such a child
        string here = AppContext.BaseDirectory, program = Path.Combine(here, OperatingSystem.IsWindows() ? "NegSamples.Tests.exe" : "NegSamples.Tests");
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, WorkingDirectory = here };
        foreach (string method in Methods)
        {
            start.ArgumentList.Add("-method");
            start.ArgumentList.Add(method);
        }

        ChildCompilation.LeaveToTheProgram(start);
        start.Environment[InstructionSets.Variable] = instructionSet;
        start.Environment["DOTNET_EnableAVX2"] = enableAvx2;
        start.Environment[Child] = "1";
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0, output);
        Match total = Total().Match(output);
        Assert.True(total.Success && int.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) > 50, output);
    }

    [Fact]
    public void TheChosenSetIsNoWiderThanAskedFor()
    {
        string? asked = Environment.GetEnvironmentVariable(InstructionSets.Variable);
        Assert.Equal(InstructionSets.Choose(asked), InstructionSets.Chosen);
        if (asked is "avx2") Assert.InRange(InstructionSets.Chosen, InstructionSet.Portable, InstructionSet.Avx2);
        if (asked is "portable") Assert.Equal(InstructionSet.Portable, InstructionSets.Chosen);
        Assert.Equal(InstructionSet.Portable, InstructionSets.Choose("Portable"));
        ArgumentException refused = Assert.Throws<ArgumentException>(() => InstructionSets.Choose("sse9"));
        Assert.Contains("NEGSAMPLES_ISA is 'sse9'; expected avx512, avx2 or portable.", refused.Message, StringComparison.Ordinal);
    }

    private static string Of<T>(string method = "*") => $"{typeof(T).FullName}.{method}";

    [GeneratedRegex(@"Total: (\d+)")]
    private static partial Regex Total();
}
