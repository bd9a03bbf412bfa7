using System.Collections.Concurrent;
using NegSamples.Files;

namespace NegSamples.Cli;

/// <summary>Remembers in the cache folder which GPU, driver and program have passed their check together, one a line.</summary>
/// <remarks>What cannot be read was not remembered, and what cannot be written is checked again.</remarks>
internal sealed class CheckedGpus
{
    private const string Name = "checked-gpus.txt";
    private const int Most = 100;

    private static readonly ConcurrentDictionary<string, bool> InThisProcess = new(StringComparer.Ordinal);
    private readonly string? path;

    /// <summary>Looks into a cache folder.</summary>
    /// <param name="folder">The folder; null for none.</param>
    public CheckedGpus(string? folder) => path = folder is null ? null : Path.Combine(folder, Name);

    /// <summary>Whether it has passed.</summary>
    public bool Has(string identity) => InThisProcess.ContainsKey(identity) || Read().Contains(identity, StringComparer.Ordinal);

    /// <summary>It has passed.</summary>
    public void Add(string identity)
    {
        InThisProcess[identity] = true;
        if (path is null) return;
        try
        {
            Disk.CreateFolder(Path.GetDirectoryName(path)!);
            AtomicFile.WriteText(path, string.Concat(Read().TakeLast(Most - 1).Append(identity).Select(line => line + "\n")));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next process checks again.
        }
    }

    private string[] Read()
    {
        try
        {
            return path is not null && File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
