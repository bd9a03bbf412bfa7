using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

public class MissingLibraryTests
{
    [Fact]
    public void ALibraryThatIsNotThereIsSaidInWords()
    {
        string said = MissingLibrary.Describe(new TypeInitializationException("Factory", new DllNotFoundException("Unable to load shared library 'Some'. To find why, set\nLD_DEBUG.")))!;
        Assert.StartsWith("a native library cannot be loaded; expected it beside the program, in ", said, StringComparison.Ordinal);
        Assert.EndsWith(": Unable to load shared library 'Some'.", said, StringComparison.Ordinal);
        Assert.NotNull(MissingLibrary.Describe(new AggregateException(new BadImageFormatException(), new InvalidOperationException())));
        Assert.Null(MissingLibrary.Describe(new TypeInitializationException("Factory", new InvalidOperationException())));
    }

    /// <summary>Parquet's library, which the folder of a program can lack.</summary>
    [Fact]
    public void TheProgramSaysWhichOneAndDoesNotCallItAFaultOfItsOwn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take a right of their own there.");
        using TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(typeof(CommandLine).Assembly.Location)!))
        {
            // The program's own folder is where its file is, not where a link to it is.
            string name = Path.GetFileName(file);
            if (name.StartsWith("negsamples.", StringComparison.Ordinal)) File.Copy(file, folder.PathOf(name));
            else if (!name.Contains("ParquetSharpNative", StringComparison.Ordinal)) File.CreateSymbolicLink(folder.PathOf(name), file);
        }

        string table = folder.Write("set.parquet", [.. "PAR1"u8, .. new byte[40], 8, 0, 0, 0, .. "PAR1"u8]);
        (int code, string said) = ChildProcess.RunToAnyEnd("dotnet", folder.Root, folder.PathOf("negsamples.dll"), "train", "--data", table, "--output", folder.PathOf("run"));
        Assert.Equal(ExitCode.Device, code);
        Assert.Contains($"a native library cannot be loaded; expected it beside the program, in {folder.Root}", said, StringComparison.Ordinal);
        Assert.Contains("ParquetSharpNative", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.PathOf("run")));
    }
}
