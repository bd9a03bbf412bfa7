using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace NegSamples.Tests;

/// <summary>A program in a text, as a page shows it: compiled as a console project does by default, and run.</summary>
internal static class CSharpExample
{
    // What a new project has without saying so.
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;

        """;

    // And a console of its own: that of the tests belongs to all of them.
    private const string Around = Usings + """
        static class Console
        {
            public static void WriteLine(object? text) => ArgumentNullException.ThrowIfNull(text);
        }
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Latest);

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>What the compiler has against a program of several files that uses other libraries as well; null where nothing.</summary>
    /// <param name="name">The name of its assembly, by which others may show it what is internal.</param>
    /// <param name="files">Its files.</param>
    /// <param name="libraries">The paths of the other libraries.</param>
    public static string? CompilerFault(string name, IEnumerable<string> files, params IEnumerable<string> libraries)
    {
        using MemoryStream assembly = new();
        return Compile(name, assembly, [.. files, Usings], [.. libraries.Select(path => MetadataReference.CreateFromFile(path))]);
    }

    /// <summary>What is wrong with a program; null where it compiles without a warning and ends.</summary>
    public static string? Fault(string program, string usings = "")
    {
        using MemoryStream assembly = new();
        if (Compile("Example", assembly, [program, usings + Around]) is { } fault) return fault;
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

    private static string? Compile(string name, Stream assembly, IEnumerable<string> files, params IEnumerable<MetadataReference> libraries)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            name, files.Select(text => CSharpSyntaxTree.ParseText(text, Language)), References.Value.Concat(libraries),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release));
        Diagnostic[] faults = [.. compilation.Emit(assembly).Diagnostics.Where(fault => fault.Severity == DiagnosticSeverity.Error)];
        return faults.Length == 0 ? null : new StringBuilder().AppendJoin('\n', faults.Select(fault => fault.ToString())).ToString();
    }
}
