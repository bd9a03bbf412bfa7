using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace NegSamples.Tests;

/// <summary>A program in a text, as a page shows it: compiled as a console project does by default, and run.</summary>
internal static class CSharpExample
{
    // What a new project has without saying so, and a console of its own: that of the tests belongs to all of them.
    private const string Around = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;

        static class Console
        {
            public static void WriteLine(object? text) => ArgumentNullException.ThrowIfNull(text);
        }
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>What is wrong with a program; null where it compiles without a warning and ends.</summary>
    public static string? Fault(string program, string usings = "")
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Example", [CSharpSyntaxTree.ParseText(program, Language), CSharpSyntaxTree.ParseText(usings + Around, Language)], References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release));
        using MemoryStream assembly = new();
        Diagnostic[] faults = [.. compilation.Emit(assembly).Diagnostics.Where(fault => fault.Severity == DiagnosticSeverity.Error)];
        if (faults.Length > 0) return new StringBuilder().AppendJoin('\n', faults.Select(fault => fault.ToString())).ToString();
        assembly.Position = 0;
        MethodInfo main = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(assembly).EntryPoint!;
        try
        {
            main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]);
            return null;
        }
        catch (TargetInvocationException exception)
        {
            return exception.InnerException!.ToString();
        }
    }
}
