using System.Diagnostics;
using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Tests.Cli;

/// <summary>Runs the built program as a process of its own beside a driver library that fails as it is told to: see StubDriver/libcuda.c.</summary>
internal sealed class StubDriver : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly Lazy<string?> Built = new(() => Build());
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, string> environment = [];

    /// <summary>A user with an empty cache beside the driver; skips the test where no C compiler is.</summary>
    public StubDriver()
    {
        Assert.SkipWhen(Built.Value is null, "A C compiler (cc) for Linux builds the driver's stub; none is here.");
        environment["LD_LIBRARY_PATH"] = Built.Value!;
        environment["XDG_CACHE_HOME"] = folder.PathOf("cache");
        Directory.CreateDirectory(folder.PathOf("cache/negsamples"));
        Data = TinyImages.WriteCifar10(folder.PathOf("cifar"), recordsPerFile: 8);
    }

    /// <summary>Forty small images.</summary>
    public string Data { get; }

    /// <summary>A place for a run; nothing is there.</summary>
    public string Run => folder.PathOf("run");

    /// <summary>The cache folder of the program.</summary>
    public string Cache => folder.PathOf("cache/negsamples");

    /// <summary>A training of two steps.</summary>
    public string[] Train(string device, params string[] more) =>
        ["train", "--data", Data, "--batch-size", "8", "--steps", "2", "--dim", "16", "--threads", "1", "--output", Run, "--device", device, .. more];

    /// <summary>What the driver's file says of a variable; see there.</summary>
    public StubDriver With(string variable, string value)
    {
        environment[variable] = value;
        return this;
    }

    /// <summary>Another library in the place of the stub.</summary>
    public StubDriver WithLibrary(byte[] content)
    {
        folder.Write("lib/libcuda.so.1", content);
        return With("LD_LIBRARY_PATH", folder.PathOf("lib"));
    }

    /// <summary>A stub that lacks a function.</summary>
    public StubDriver Without(string function)
    {
        Directory.CreateDirectory(folder.PathOf("lib"));
        return With("LD_LIBRARY_PATH", Build(folder.PathOf("lib"), $"-D{function}=absent")!);
    }

    /// <summary>Remembers that the GPU, which is not true to anything, has passed its check.</summary>
    public StubDriver Trusted(string precision = "bf16")
    {
        Guid identity = new([.. Enumerable.Repeat((byte)0x51, 16)]);
        File.WriteAllText(Path.Combine(Cache, "checked-gpus.txt"), $"{identity} 12080 {KernelCompiler.Program} {precision} {MatrixKernels.Mma}\n");
        return this;
    }

    /// <summary>Compiled kernels of tests before.</summary>
    public StubDriver Warm()
    {
        Directory.CreateDirectory(Path.Combine(Built.Value!, "kernels"));
        File.CreateSymbolicLink(Path.Combine(Cache, "kernels"), Path.Combine(Built.Value!, "kernels"));
        return this;
    }

    /// <summary>Starts the program.</summary>
    public Process Start(params string[] arguments)
    {
        // A job in the background ignores Ctrl-C, and what it starts does so too unless it is told otherwise.
        ProcessStartInfo start = new("env", ["--default-signal=INT", "dotnet", typeof(CommandLine).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs the program to its end.</summary>
    public async Task<(int Code, string Output, string Error)> Finish(params string[] arguments)
    {
        using Process process = Start(arguments);
        return await Finish(process);
    }

    /// <summary>The end of a program that was started.</summary>
    public static async Task<(int Code, string Output, string Error)> Finish(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource limit = new(Longest);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"The program still runs after {Longest}. {await output} {await error}");
        }

        return (process.ExitCode, await output, await error);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The folder of a library that is built now; null where that cannot be done.</summary>
    private static string? Build(string? folder = null, params string[] flags)
    {
        if (!OperatingSystem.IsLinux()) return null;
        if (folder is null)
        {
            folder = Path.Combine(AppContext.BaseDirectory, "stub-driver");
            Directory.CreateDirectory(folder);
        }

        string source = Path.Combine(folder, "libcuda.c"), library = Path.Combine(folder, "libcuda.so.1");
        using (Stream resource = typeof(StubDriver).Assembly.GetManifestResourceStream("libcuda.c")!)
        using (FileStream file = File.Create(source)) resource.CopyTo(file);
        try
        {
            using Process compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", .. flags, "-o", library, source])
            {
                RedirectStandardError = true,
            })!;
            string said = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.True(compiler.ExitCode == 0, said);
            return folder;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
