using System.Security.Cryptography;
using System.Text;
using NegSamples.Files;
using NegSamples.Kernels;

namespace NegSamples.Cli;

/// <summary>Compiled kernels in the cache folder, a file each, with its checksum before it. What is damaged is compiled again.</summary>
/// <remarks>Each build of the program has texts of its own; the oldest make room for new ones.</remarks>
/// <param name="folder">The folder, which may not exist yet.</param>
/// <param name="mostBytes">What all files together may take.</param>
internal sealed class KernelTextFolder(string folder, long mostBytes = 64 << 20) : IKernelTexts
{
    private const string Mark = "// negsamples ";

    private readonly Lock trimming = new();
    private bool isTrimmed;

    /// <summary>That of the user's cache; null where the system names none.</summary>
    public static KernelTextFolder? OfUser() => CacheFolder.Find() is { } cache ? new(Path.Combine(cache, "kernels")) : null;

    /// <inheritdoc/>
    public string? Find(string key)
    {
        try
        {
            string path = PathOf(key);
            if (!File.Exists(path)) return null;
            string[] parts = File.ReadAllText(path).Split('\n', 2);
            return parts.Length == 2 && parts[0] == HeadOf(key, parts[1]) ? parts[1] : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Keep(string key, string text)
    {
        try
        {
            Disk.CreateFolder(folder);
            Trim();
            AtomicFile.WriteText(PathOf(key), $"{HeadOf(key, text)}\n{text}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next process compiles it again.
        }
    }

    /// <summary>Removes the oldest files that are too many, once a process: it adds few beside what a folder holds.</summary>
    private void Trim()
    {
        lock (trimming)
        {
            if (isTrimmed) return;
            isTrimmed = true;
            long bytes = 0;
            foreach (FileInfo file in new DirectoryInfo(folder).GetFiles().OrderByDescending(file => file.LastWriteTimeUtc))
            {
                bytes += file.Length;
                if (bytes > mostBytes) Disk.DeleteFile(file.FullName);
            }
        }
    }

    private string PathOf(string key) => Path.Combine(folder, Hash(key)[..32] + ".ptx");

    private static string HeadOf(string key, string text) => Mark + Hash($"{key}\n{text}");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
