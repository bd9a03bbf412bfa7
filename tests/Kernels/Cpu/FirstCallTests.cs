using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>
/// A program that uses the library compiles twice by default, slow code first: what the CPU's operations spend their time in asks to be compiled fully at once.
/// </summary>
public class FirstCallTests
{
    private const string Asked = "AggressiveOptimization";

    [Fact]
    public void EveryLoopAndChunkOfTheCpuIsCompiledFullyAtItsFirstCall()
    {
        string kernels = Path.Combine(SourceTree.OrSkip(), "src", "Kernels");
        string[] files = [.. Directory.EnumerateFiles(kernels, "*.cs", SearchOption.AllDirectories).Where(file =>
            file.EndsWith(".Cpu.cs", StringComparison.Ordinal) || file.StartsWith(Path.Combine(kernels, "Cpu") + Path.DirectorySeparatorChar, StringComparison.Ordinal))];
        Assert.True(files.Length > 80);
        string[] missed = [.. files.SelectMany(file => Missed(File.ReadAllText(file)).Select(method => $"{Path.GetFileName(file)}: {method}"))];
        Assert.True(missed.Length == 0, $"expected [MethodImpl(MethodImplOptions.{Asked})] on\n{string.Join('\n', missed)}");
    }

    [Theory]
    [InlineData("class C { void M() { for (;;) { } } }", true)]
    [InlineData("class C { [MethodImpl(MethodImplOptions.AggressiveOptimization)] void M() { while (true) { } } }", false)]
    [InlineData("class C { [MethodImpl(MethodImplOptions.NoInlining)] void M() { } }", true)]
    [InlineData("class C { void M() { } }", false)]
    [InlineData("struct S : IChunks { public void Run(int chunk, int worker) => Do(chunk); }", true)]
    [InlineData("class C { struct S : IChunks { [MethodImpl(MethodImplOptions.AggressiveInlining)] void M() { } } }", false)]
    public void TheRuleSeesIt(string source, bool isMissed) => Assert.Equal(isMissed, Missed(source).Any());

    private static IEnumerable<string> Missed(string source) =>
        from method in CSharpSyntaxTree.ParseText(source).GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>()
        where (SyntaxNode?)method.Body is not null || method.ExpressionBody is not null
        let attributes = method.AttributeLists.ToString()
        where !attributes.Contains(Asked, StringComparison.Ordinal)
        where HasLoop(method) || attributes.Contains("NoInlining", StringComparison.Ordinal)
            || (IsOfChunks(method) && !attributes.Contains("AggressiveInlining", StringComparison.Ordinal))
        where !method.DescendantNodes().OfType<YieldStatementSyntax>().Any()
        select method.Identifier.Text;

    private static bool HasLoop(MethodDeclarationSyntax method) => method.DescendantNodes(node => node is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax))
        .Any(node => node is ForStatementSyntax or WhileStatementSyntax or DoStatementSyntax or CommonForEachStatementSyntax);

    private static bool IsOfChunks(MethodDeclarationSyntax method) => method.Ancestors().OfType<StructDeclarationSyntax>()
        .Any(type => type.BaseList?.ToString().Contains("IChunks", StringComparison.Ordinal) == true);
}
