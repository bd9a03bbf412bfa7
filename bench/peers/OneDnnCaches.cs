using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace NegSamples.Peers;

/// <summary>
/// Tells oneDNN within libtorch the sizes of an AMD processor's caches where a virtual machine leaves the leaf empty that it asks (CPUID 8000001D), which oneDNN
/// reads as three caches of one byte. With those its <c>brgconv_1x1</c> gives wrong numbers and its search for blocks divides by zero, which ends the process.
/// The older leaves 80000005 and 80000006 have the same sizes.
/// </summary>
internal static class OneDnnCaches
{
    private const string Library = "libtorch_cpu.so", Getter = "_ZN4dnnl4impl3cpu3x643cpuEv", Processor = "_ZZN4dnnl4impl3cpu3x643cpuEvE4cpu_";

    // Xbyak::util::Cpu of oneDNN 3.7.1, in libtorch 2.10: its size, and where its two arrays of ten levels and their count lie.
    private const int ProcessorBytes = 0x90, Sizes = 0x1c, Sharers = 0x44, Levels = 0x6c;

    /// <summary>To be called after libtorch is loaded and before it computes. What was done, or what could not be; null where nothing was needed.</summary>
    public static string? Tell()
    {
        if (!OperatingSystem.IsLinux() || !X86Base.IsSupported || !IsAmd || (Leaf(0x8000001D).Eax & 31) != 0) return null;
        (uint first, uint second) = (Leaf(0x80000005).Ecx >> 24 << 10, Leaf(0x80000006).Ecx >> 16 << 10);
        (uint third, uint threads) = (Leaf(0x80000006).Edx >> 18 << 19, (Leaf(1).Ebx >> 16) & 255);
        if (first == 0 || second == 0 || third == 0) return "The processor tells its caches in no leaf of CPUID, so that oneDNN may compute wrongly here.";
        if (Loaded() is not var (path, start) || Functions(path) is not var (getter, processor, bytes) || bytes != ProcessorBytes)
            return "The processor hides its caches, and this oneDNN is not the one whose fields are known, so that it may compute wrongly here.";

        // The first call fills the object; nothing has computed by it yet.
        nint cpu = Marshal.GetDelegateForFunctionPointer<GetProcessor>(start + getter)();
        if (cpu != start + processor || Marshal.ReadInt32(cpu + Sizes) > 1) return null;
        (uint Size, uint Sharing)[] told = [(first, 1), (second, 1), (third, Math.Max(threads, 1))];
        for (int level = 0; level < told.Length; level++)
        {
            Marshal.WriteInt32(cpu + Sizes + (4 * level), (int)told[level].Size);
            Marshal.WriteInt32(cpu + Sharers + (4 * level), (int)told[level].Sharing);
        }

        Marshal.WriteInt32(cpu + Levels, told.Length);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"oneDNN was told the caches that this machine hides from it: {first >> 10} KiB, {second >> 10} KiB, and {third / told[2].Sharing >> 10} KiB of the last a thread.");
    }

    private static bool IsAmd => Leaf(0).Ebx == 0x68747541;

    private static (uint Eax, uint Ebx, uint Ecx, uint Edx) Leaf(uint leaf)
    {
        if (leaf >= 0x80000000 && (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < leaf) return default;
        (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(unchecked((int)leaf), 0);
        return ((uint)eax, (uint)ebx, (uint)ecx, (uint)edx);
    }

    // The file of the library and where its first byte lies in memory.
    private static (string Path, nint Start)? Loaded()
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            // 7f00-7f10 r-xp 00000000 08:01 123   /path
            string[] parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Length == 6 && parts[5].EndsWith("/" + Library, StringComparison.Ordinal) && parts[2].All(digit => digit == '0'))
                return (parts[5], nint.Parse(parts[0].AsSpan(0, parts[0].IndexOf('-')), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        return null;
    }

    // The places of the two symbols, which are not exported, from the table that linkers leave for debuggers; and the bytes of the object.
    private static (nint Getter, nint Processor, long Bytes)? Functions(string path)
    {
        using MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        SafeBuffer elf = view.SafeMemoryMappedViewHandle;
        SectionHeader[] sections = new SectionHeader[elf.Read<ushort>(0x3c)];
        elf.ReadArray(elf.Read<ulong>(0x28), sections, 0, sections.Length);
        SectionHeader table = sections.FirstOrDefault(section => section.Type == SectionHeader.Symbols);
        if (table.Bytes == 0) return null;
        Symbol[] symbols = new Symbol[table.Bytes / (ulong)Marshal.SizeOf<Symbol>()];
        elf.ReadArray(table.Offset, symbols, 0, symbols.Length);
        Symbol? Named(string name)
        {
            byte[] wanted = Encoding.ASCII.GetBytes(name + "\0");
            Span<byte> read = stackalloc byte[wanted.Length];
            foreach (Symbol symbol in symbols)
            {
                elf.ReadSpan(sections[table.Link].Offset + symbol.Name, read);
                if (read.SequenceEqual(wanted)) return symbol;
            }

            return null;
        }

        return Named(Getter) is { } function && Named(Processor) is { } place ? ((nint)function.Value, (nint)place.Value, (long)place.Bytes) : null;
    }

    /// <summary>The function that makes the object when it is first called.</summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint GetProcessor();

    /// <summary>A section of a file in the ELF form of 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct SectionHeader
    {
        public const uint Symbols = 2;
        public readonly uint Name, Type;
        public readonly ulong Flags, Address, Offset, Bytes;
        public readonly uint Link, Information;
        public readonly ulong Alignment, Entry;
    }

    /// <summary>A symbol of such a file.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Symbol
    {
        public readonly uint Name;
        public readonly byte Information, Other;
        public readonly ushort Section;
        public readonly ulong Value, Bytes;
    }
}
