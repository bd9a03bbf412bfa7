using System.Runtime.InteropServices;
using TorchSharp;

namespace NegSamples.Peers;

/// <summary>Loads libtorch, or says why it does not.</summary>
internal static class Libtorch
{
    /// <summary>What had to be done so that libtorch computes rightly on this machine; null for nothing.</summary>
    public static string? Remark { get; private set; }

    /// <summary>Sets libtorch's threads; the reason when it cannot be loaded, otherwise null.</summary>
    public static string? Load(int threads)
    {
        try
        {
            // Loaded by hand first: TorchSharp's own message tells of packages, the system's tells what is missing.
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
            torch.set_num_threads(threads);
            Remark = OneDnnCaches.Tell();
            return null;
        }
#pragma warning disable CA1031 // TorchSharp throws whatever its loader met: NotSupportedException, TypeInitializationException, DllNotFoundException.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Exception cause = exception;
            while (cause.InnerException is not null) cause = cause.InnerException;
            return "libtorch does not load here; its columns are left out. On Linux it needs GLIBCXX_3.4.32 or newer (Debian 13, Ubuntu 24.04). The loader "
                + $"said: {Reason(cause.Message)}";
        }
    }

    // The loader tries several names and reports each; the line about a version is the one that explains.
    private static string Reason(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(line => line.Contains("GLIBC", StringComparison.Ordinal)) ?? lines[0];
    }
}
