using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>Puts machine code into pages of memory that are written first and executed then, never both at once.</summary>
/// <remarks>
/// The pages are those of the program's life: what was generated once is called until its end. Source: mmap(2), mprotect(2); VirtualAlloc, VirtualProtect of
/// the Windows API.
/// </remarks>
internal static unsafe partial class ExecutableCode
{
    private const int ReadWrite = 1 | 2, ReadExecute = 1 | 4; // PROT_READ, PROT_WRITE, PROT_EXEC
    private const int Failed = -1;
    private const uint Commit = 0x1000 | 0x2000, PageReadWrite = 0x04, PageExecuteRead = 0x20; // MEM_COMMIT | MEM_RESERVE

    /// <summary>Copies code into executable pages.</summary>
    /// <param name="code">Machine code that knows no place of its own.</param>
    /// <param name="reason">Why the system refused; empty where it did not.</param>
    /// <returns>The first instruction, or 0.</returns>
    public static nint Place(ReadOnlySpan<byte> code, out string reason)
    {
        nuint bytes = (nuint)Tiling.RoundUp(code.Length, Environment.SystemPageSize);
        return OperatingSystem.IsWindows() ? OnWindows(code, bytes, out reason) : OnUnix(code, bytes, out reason);
    }

    /// <summary>The same where it is known that the system does not refuse.</summary>
    /// <exception cref="InvalidOperationException">It did.</exception>
    public static nint PlaceOrThrow(ReadOnlySpan<byte> code)
    {
        nint address = Place(code, out string reason);
        return address != 0 ? address : throw new InvalidOperationException($"No machine code can run: {reason}.");
    }

    private static nint OnUnix(ReadOnlySpan<byte> code, nuint bytes, out string reason)
    {
        // MAP_PRIVATE, and MAP_ANONYMOUS, whose number the BSDs and macOS give otherwise.
        int flags = 0x02 | (OperatingSystem.IsLinux() ? 0x20 : 0x1000);
        nint pages = Map(0, bytes, ReadWrite, flags, -1, 0);
        if (pages == Failed)
        {
            reason = $"the system gives no memory for it, {LastError}";
            return 0;
        }

        code.CopyTo(new Span<byte>((void*)pages, code.Length));
        if (Protect(pages, bytes, ReadExecute) == 0)
        {
            reason = "";
            return pages;
        }

        reason = $"the system refuses executable pages, {LastError}";
        _ = Unmap(pages, bytes);
        return 0;
    }

    private static nint OnWindows(ReadOnlySpan<byte> code, nuint bytes, out string reason)
    {
        nint pages = VirtualAllocate(0, bytes, Commit, PageReadWrite);
        if (pages == 0)
        {
            reason = $"the system gives no memory for it, {LastError}";
            return 0;
        }

        code.CopyTo(new Span<byte>((void*)pages, code.Length));
        if (VirtualProtect(pages, bytes, PageExecuteRead, out _) && FlushInstructions(-1, pages, bytes))
        {
            reason = "";
            return pages;
        }

        reason = $"the system refuses executable pages, {LastError}";
        _ = VirtualFree(pages, 0, 0x8000); // MEM_RELEASE
        return 0;
    }

    private static string LastError => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()).TrimEnd('.');

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);

    [LibraryImport("kernel32", EntryPoint = "VirtualAlloc", SetLastError = true)]
    private static partial nint VirtualAllocate(nint address, nuint bytes, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(nint address, nuint bytes, uint protection, out uint old);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualFree(nint address, nuint bytes, uint type);

    [LibraryImport("kernel32", EntryPoint = "FlushInstructionCache", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushInstructions(nint process, nint address, nuint bytes);
}
