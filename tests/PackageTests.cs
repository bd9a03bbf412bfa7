using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NegSamples.Tests;

/// <summary>The packages as others get them: packed twice, installed from a folder into new projects, and their readmes' examples run there.</summary>
public sealed partial class PackageTests : IDisposable
{
    private static readonly string[] Names = ["Theory", "Kernels", "Training", "Study"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EachInstallsIntoANewProjectAndRunsTheExampleOfItsReadme()
    {
        string root = RequireBuild();
        string first = Pack(root, "first"), second = Pack(root, "second");
        string[] packages = [.. Directory.EnumerateFiles(first).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(2 * Names.Length, packages.Length);
        foreach (string package in packages) Assert.Equal(Hash(Path.Combine(first, package)), Hash(Path.Combine(second, package)));

        foreach (string name in Names)
        {
            string package = Assert.Single(packages, package => Named(name).IsMatch(package));
            CheckContents(Path.Combine(first, package), name);
            WriteProject(root, name, Named(name).Match(package).Groups[1].Value);
        }

        // One start of the build for the four of them.
        folder.Write("All.proj", "<Project><ItemGroup><Each Include=\"*/*.csproj\" /></ItemGroup><Target Name=\"Build\"><MSBuild Projects=\"@(Each)\" Targets=\"Restore\" Properties=\"Restoring=true\" /><MSBuild Projects=\"@(Each)\" Targets=\"Build\" BuildInParallel=\"true\" /></Target></Project>"u8.ToArray());
        ChildProcess.Run("dotnet", folder.Root, "msbuild", "All.proj", "-v:q", "-nologo", "-m:2");
        foreach (string name in Names)
        {
            string readme = File.ReadAllText(Path.Combine(root, "packages", name, "README.md"));
            string output = ChildProcess.Run("dotnet", folder.PathOf(name), Path.Combine("bin", "Debug", "net10.0", name + ".dll"));
            if (TextBlock().Match(readme) is { Success: true } expected) Assert.Equal(expected.Groups[1].Value, output);
            else Assert.True(output.Length > 0, $"{name} printed nothing.");
            TestContext.Current.TestOutputHelper?.WriteLine($"{name}:\n{output}");
        }
    }

    [Fact]
    public void TheLossWithItsGradientTakesAtMostEightLines()
    {
        string example = Example(File.ReadAllText(Path.Combine(SourceTree.OrSkip(), "packages", "Kernels", "README.md")));
        Assert.InRange(example.Split('\n').Count(line => line.Length > 0), 1, 8);
        Assert.DoesNotContain("Bytes", example, StringComparison.Ordinal);
    }

    private static string RequireBuild()
    {
        string root = SourceTree.OrSkip();
        Assert.SkipUnless(File.Exists(Path.Combine(root, "packages", "Study", "bin", "Release", "net10.0", "NegSamples.Report.dll")), "The packages are not built.");
        return root;
    }

    private string Pack(string root, string target)
    {
        ChildProcess.Run("dotnet", root, "pack", Path.Combine("packages", "Packages.slnf"), "-c", "Release", "--no-build", "-o", folder.PathOf(target), "-v", "quiet");
        return folder.PathOf(target);
    }

    private static void CheckContents(string package, string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        string[] entries = [.. archive.Entries.Select(entry => entry.FullName)];
        Assert.Contains("README.md", entries);
        Assert.Contains("icon.png", entries);
        Assert.Contains($"lib/net10.0/NegSamples.{name}.dll", entries);
        Assert.Contains($"lib/net10.0/NegSamples.{name}.xml", entries);
        using Stream stream = archive.GetEntry($"NegSamples.{name}.nuspec")!.Open();
        XElement metadata = XDocument.Load(stream).Root!.Elements().Single();
        string Text(string field) => metadata.Elements().Single(element => element.Name.LocalName == field).Value;
        Assert.Equal("MIT", Text("license"));
        Assert.True(Text("description").Length > 80 && Text("tags").Length > 20);
        Assert.Matches("^[0-9a-f]{40}$", metadata.Elements().Single(element => element.Name.LocalName == "repository").Attribute("commit")!.Value);
        string[] dependencies = [.. metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value)];
        if (name == "Theory") Assert.Empty(dependencies);
        Assert.DoesNotContain(dependencies, id => id.EndsWith(".Assembly", StringComparison.Ordinal) || id == "MinVer");

        using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(package, ".snupkg"));
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/NegSamples.{name}.pdb");
    }

    // Packages of others come from where this build has them, ours only from the folder: never from what an earlier test left.
    private void WriteProject(string root, string name, string version)
    {
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <RestorePackagesPath>{folder.PathOf("packages")}</RestorePackagesPath>
                <RestoreFallbackFolders>{cache}</RestoreFallbackFolders>
                <RestoreAdditionalProjectSources>{folder.PathOf("first")}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="NegSamples.{name}" Version="{version}" />
              </ItemGroup>
            </Project>
            """);
        Write($"{name}/Program.cs", Example(File.ReadAllText(Path.Combine(root, "packages", name, "README.md"))));
    }

    private void Write(string relative, string text) => folder.Write(relative, System.Text.Encoding.UTF8.GetBytes(text));

    private static string Example(string readme) => CSharpBlock().Match(readme).Groups[1].Value;

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    private static Regex Named(string name) => new($@"^NegSamples\.{name}\.(\d.*)\.nupkg$");

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex("^```text\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex TextBlock();
}
