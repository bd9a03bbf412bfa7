using System.Text.RegularExpressions;

namespace NegSamples.Tests.Files;

/// <summary>Files that matter are changed by one class, so that each call can be made to fail in a test and is flushed.</summary>
public partial class DiskCallsTests
{
    // What may stand outside src/Files: the file, a piece of the line, and why.
    private static readonly (string File, string Piece, string Why)[] Allowed =
    [
        ("src/Training/RunFolder.cs", "new FileStream(Path.Combine(path, LockName)", "a lock holds nothing"),
        ("src/Training/RunFolder.cs", "Directory.Delete(Checkpoints);", "takes an empty folder away, and no other, whatever a race put in it"),
        ("src/Study/Embeddings/FeatureFolder.cs", "Directory.Delete(folder);", "takes an empty folder away, and no other"),
        ("src/Training/Checkpoints/Checkpoint.cs", "Directory.Delete(temporary, recursive: true);", "clears away after a fault, which must not hide it"),
        ("src/Training/Checkpoints/RunVerification.cs", "Directory.CreateDirectory(begin);", "a copy in the system's place for temporary files"),
        ("src/Training/Checkpoints/RunVerification.cs", "File.Copy(file, Path.Combine(begin", "a copy in the system's place for temporary files"),
        ("src/Training/Checkpoints/RunVerification.cs", "Directory.Delete(copy, recursive: true);", "a copy in the system's place for temporary files"),
        ("src/Augment/Data/Cached/KeptPictures.cs", "FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose", "holds pictures for this process alone, and goes with it"),
        ("src/Augment/Data/Cached/KeptPictures.cs", "new FileStream(claim, FileMode.OpenOrCreate", "a lock holds nothing"),
        ("src/Cli/InternalError.cs", "StreamWriter file = new(new FileStream(path, FileMode.CreateNew", "the trace of a fault, in the system's place for temporary files"),
        ("bench/Similarity/WorkingSet.cs", "/proc/self/clear_refs", "no file, but a switch of the kernel"),
    ];

    [Fact]
    public void NobodyElseChangesFiles()
    {
        string root = SourceTree.OrSkip();
        HashSet<int> met = [];
        List<string> others = [];
        int files = 0;
        foreach (string path in new[] { "src", "bench/Similarity" }.SelectMany(top => Directory.EnumerateFiles(Path.Combine(root, top), "*.cs", SearchOption.AllDirectories)))
        {
            string name = Path.GetRelativePath(root, path).Replace('\\', '/');
            if (name.StartsWith("src/Files/", StringComparison.Ordinal) || name.Contains("/obj/", StringComparison.Ordinal)) continue;
            files++;
            foreach (string line in File.ReadLines(path).Where(line => Call().IsMatch(line)))
            {
                int known = Array.FindIndex(Allowed, entry => entry.File == name && line.Contains(entry.Piece, StringComparison.Ordinal));
                if (known >= 0) met.Add(known);
                else others.Add($"{name}: {line.Trim()}");
            }
        }

        Assert.True(files > 300);
        Assert.Empty(others);
        Assert.Empty(Allowed.Where((_, place) => !met.Contains(place)).Select(entry => $"{entry.File} no longer has {entry.Piece}"));
    }

    [GeneratedRegex(@"\bFile\.(Write|Append|Move|Delete|Copy|Create|Replace|OpenWrite|Open\(|OpenHandle|Set)|\bnew (FileStream|StreamWriter)\(|\bDirectory\.(CreateDirectory|Delete|Move)\(|FileMode\.(Create|Append|OpenOrCreate|Truncate)")]
    private static partial Regex Call();
}
