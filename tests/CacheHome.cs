using System.Runtime.CompilerServices;

namespace NegSamples.Tests;

/// <summary>Tests, and the programs that they start, leave the cache of the user alone.</summary>
internal static class CacheHome
{
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable("XDG_CACHE_HOME", Path.Combine(AppContext.BaseDirectory, "cache"));
}
