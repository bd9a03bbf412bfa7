using System.Text.RegularExpressions;
using NegSamples.Cli;

namespace NegSamples.Tests;

/// <summary>Every file stands where its namespace and its name say, and tests stand where the code that they test stands.</summary>
public partial class RoomsTests
{
    private static readonly string[] OperationClasses = ["Ops", "CpuOps", "CudaOps"];

    private static readonly string Root = SourceTree.Folder ?? "";

    /// <summary>
    /// Namespace = folder, counted from the project file. The folder of an operation, one that extends the class Ops, is of the namespace above: a partial class
    /// cannot span namespaces. So are the folders inside it, and the operation's tests.
    /// </summary>
    [Fact]
    public void NamespacesAreFolders()
    {
        string[] wrong = [.. Sources().Select(file => (file, Expected: Expected(file), Found: Namespace().Match(Read(file)).Groups[1].Value))
            .Where(entry => entry.Found != entry.Expected).Select(entry => $"{entry.file}: {entry.Found}, expected {entry.Expected}")];
        Assert.Empty(wrong);
    }

    /// <summary>A file is named for a type in it; a part of Ops, CpuOps or CudaOps for its operation. What follows the first dot says which part it is.</summary>
    [Fact]
    public void FilesAreNamedForATypeThatTheyHold()
    {
        string[] wrong = [.. Sources().Where(file =>
        {
            string[] types = [.. Types().Matches(Read(file)).Select(match => match.Groups[1].Value)];
            return !types.Contains(Path.GetFileName(file).Split('.')[0]) && !(IsOfKernels(file) && types.Intersect(OperationClasses).Any());
        })];
        Assert.Empty(wrong);
    }

    [Fact]
    public void EveryFolderOfTestsMirrorsOneOfTheCode()
    {
        string[] folders = [.. Sources().Where(file => ProjectOf(file).Folder == "tests").Select(file => Path.GetDirectoryName(file)!["tests".Length..]).Distinct()];
        Assert.Contains("/Kernels/MatMul", folders);
        Assert.DoesNotContain(folders, folder =>
            !Directory.Exists(folder.StartsWith("/Bench", StringComparison.Ordinal) ? $"{Root}/bench{folder["/Bench".Length..]}" : $"{Root}/src{folder}"));
    }

    /// <summary>A library knows no command line: its messages name a setting in backticks, and the program says what its user calls it.</summary>
    [Fact]
    public void OnlyTheProgramNamesFlags()
    {
        string[] libraries = [.. Sources().Where(file => file.StartsWith("src/", StringComparison.Ordinal) && !file.StartsWith("src/Cli/", StringComparison.Ordinal))];
        Assert.True(libraries.Length > 300);
        Assert.Empty(libraries.SelectMany(file => Flag().Matches(Read(file)).Select(match => $"{file}: {match.Value}")));
        string[] names = [.. libraries.SelectMany(file => File.ReadLines(Path.Combine(Root, file))).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Setting().Matches(line)).Select(match => match.Groups[1].Value).Distinct()];
        Assert.Contains("batchSize", names);
        Assert.All(names, name => Assert.Matches("^(negsamples [a-z]+|(negsamples [a-z]+ )?--?[a-z-]+)$", SettingNames.FlagOf(name)));
    }

    private static bool IsOfKernels(string file) => file.StartsWith("src/Kernels/", StringComparison.Ordinal);

    private static string Expected(string file)
    {
        (string project, string name) = ProjectOf(file);
        string folder = Path.GetDirectoryName(file)!;
        string kernels = project == "tests" ? "tests/Kernels" : "src/Kernels";
        if (folder.StartsWith(kernels + "/", StringComparison.Ordinal) && IsOfOperation(folder[(kernels.Length + 1)..])) folder = kernels;
        return folder == project ? name : $"{name}.{folder[(project.Length + 1)..].Replace('/', '.')}";
    }

    private static bool IsOfOperation(string folder)
    {
        for (string at = folder; at.Length > 0; at = Path.GetDirectoryName(at)!)
        {
            string path = Path.Combine(Root, "src/Kernels", at);
            if (Directory.Exists(path) && Directory.EnumerateFiles(path, "*.cs").Any(file => OperationContract().IsMatch(File.ReadAllText(file)))) return true;
        }

        return false;
    }

    private static (string Folder, string Namespace) ProjectOf(string file)
    {
        string folder = Path.GetDirectoryName(file)!;
        while (true)
        {
            string? project = Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj").SingleOrDefault();
            if (project is not null) return (folder, RootNamespace().Match(File.ReadAllText(project)).Groups[1].Value);
            folder = Path.GetDirectoryName(folder)!;
        }
    }

    /// <summary>The source files of the product, its benchmarks and its tests, relative to the root; a program's first file has no namespace.</summary>
    private static IEnumerable<string> Sources()
    {
        Assert.SkipUnless(Root.Length > 0, "The source tree is not here.");
        return new[] { "src", "bench", "tests" }
            .SelectMany(top => Directory.EnumerateFiles(Path.Combine(Root, top), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal) && Path.GetFileName(file) != "Program.cs");
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record(?: struct)?) +(\w+)")]
    private static partial Regex Types();

    [GeneratedRegex(@"\bpartial class Ops\b")]
    private static partial Regex OperationContract();

    [GeneratedRegex("\"[^\"\n]*--[a-z].*")]
    private static partial Regex Flag();

    [GeneratedRegex("`([A-Za-z.]+)`")]
    private static partial Regex Setting();

    [GeneratedRegex("<RootNamespace>(.*)</RootNamespace>")]
    private static partial Regex RootNamespace();
}
