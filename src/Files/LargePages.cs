using System.Runtime.InteropServices;

namespace NegSamples.Files;

/// <summary>Asks the system for pages of 2 MB in the place of 512 small ones, of which each costs a fault when it is touched first.</summary>
internal static class LargePages
{
    private const int Advice = 14; // MADV_HUGEPAGE
    private const ulong Page = 2 << 20;

    /// <summary>Asks for those that lie whole within an array that nobody has touched. Linux may listen; other systems are not asked.</summary>
    /// <param name="untouched">The array, which stays where it is: it is large.</param>
    public static unsafe void Ask(byte[] untouched)
    {
        ArgumentNullException.ThrowIfNull(untouched);
        if (!OperatingSystem.IsLinux() || (ulong)untouched.Length < 2 * Page) return;
        fixed (byte* start = untouched)
        {
            ulong first = ((ulong)start + Page - 1) / Page * Page, end = ((ulong)start + (ulong)untouched.Length) / Page * Page;
            _ = Advise((void*)first, (nuint)(end - first), Advice); // A refusal leaves the small pages.
        }
    }

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern unsafe int Advise(void* address, nuint bytes, int advice);
}
