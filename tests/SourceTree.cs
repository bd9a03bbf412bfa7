namespace NegSamples.Tests;

/// <summary>The folder of the repository, for tests that read its sources and pages; a bundle of the tests is without it.</summary>
internal static class SourceTree
{
    /// <summary>The folder; null where it is not here.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>The folder, or the test is skipped.</summary>
    public static string OrSkip()
    {
        Assert.SkipWhen(Folder is null, "The source tree is not here.");
        return Folder!;
    }

    /// <summary>The folder, or the test fails.</summary>
    public static string Required()
    {
        Assert.NotNull(Folder);
        return Folder;
    }

    private static string? Find()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "NegSamples.sln"))) at = at.Parent;
        return at?.FullName;
    }
}
