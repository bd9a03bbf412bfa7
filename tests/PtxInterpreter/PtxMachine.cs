using System.Runtime.InteropServices;

namespace NegSamples.PtxInterpreter;

/// <summary>
/// Runs the kernels of a module, block after block, on buffers of its own. Blocks run one at a time and in order, so a kernel whose blocks
/// wait for each other does not end here; everything else gives the same result in every run.
/// </summary>
public sealed class PtxMachine
{
    private readonly Dictionary<Symbol, ulong> moduleVariables = [];
    private int buffers;
    private long budget;

    internal PtxMachine(PtxModule module, GlobalMemory? memory = null)
    {
        (Module, Memory) = (module, memory ?? new());
        foreach (Symbol symbol in module.Globals)
        {
            byte[] bytes = new byte[symbol.Bytes];
            symbol.Initial?.AsSpan(0, symbol.Bytes).CopyTo(bytes);
            moduleVariables[symbol] = Memory.Allocate(symbol.Name, bytes).Address;
        }
    }

    /// <summary>A machine with memory of its own that runs the kernels of one PTX text.</summary>
    /// <exception cref="PtxException">The text holds what the interpreter does not know.</exception>
    public PtxMachine(string ptx)
        : this(PtxModule.Parse(ptx))
    {
    }

    internal PtxModule Module { get; }

    /// <summary>Bytes of shared memory that a block of this module's kernels has before any dynamic ones.</summary>
    public int StaticSharedBytes => Module.Shared.Sum(symbol => symbol.Bytes);

    /// <summary>Of its own, or shared with the machines of other modules.</summary>
    internal GlobalMemory Memory { get; }

    /// <summary>Warp instructions after which a launch is given up as one that does not end.</summary>
    public long InstructionLimit { get; set; } = 500_000_000;

    public DeviceBuffer<T> Allocate<T>(params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        return new(Memory.Allocate($"buffer {buffers++} ({typeof(T).Name}[{values.Length}])", bytes), values.Length);
    }

    /// <summary>A buffer whose bytes are all ones (not-a-number as floats), so that an element nobody writes is seen.</summary>
    public DeviceBuffer<T> AllocateUnwritten<T>(int length)
        where T : unmanaged
    {
        T[] values = new T[length];
        MemoryMarshal.AsBytes(values.AsSpan()).Fill(0xFF);
        return Allocate<T>(values);
    }

    /// <summary>Runs the only kernel of the module.</summary>
    public LaunchReport Launch(Extent grid, Extent threads, params object[] arguments) => Launch(null, grid, threads, 0, arguments);

    /// <param name="kernel">The kernel's name, or that of its C# method.</param>
    /// <param name="dynamicSharedBytes">Bytes behind <c>.extern .shared</c>.</param>
    /// <param name="arguments">
    /// Buffers for pointers and views, numbers and structs by value, and <see cref="KernelStruct"/> for a struct that holds views.
    /// </param>
    public LaunchReport Launch(string? kernel, Extent grid, Extent threads, int dynamicSharedBytes, params object[] arguments)
    {
        PtxFunction function = Module.Kernel(kernel);
        if (threads.Count is < 1 or > 1024 || (function.MaximumThreads > 0 && threads.Count > function.MaximumThreads))
            throw new ArgumentException($"The block has {threads.Count} threads; {function.Name} takes up to {(function.MaximumThreads > 0 ? function.MaximumThreads : 1024)}.", nameof(threads));
        Sanitizer sanitizer = new(function.Name);
        LaunchStatistics statistics = new(Module.Code.Length);
        using ThreadBlock block = new(this, function, grid, threads, dynamicSharedBytes, KernelArguments.Lay(function, arguments, Module.ParameterBytes), sanitizer, statistics);
        budget = InstructionLimit;
        for (int index = 0; index < grid.Count; index++) block.Run(grid.PositionOf(index));
        return new(function.Name, Module, statistics, sanitizer.Findings);
    }

    internal ulong AddressOf(Symbol symbol) => moduleVariables[symbol];

    internal void Charge(int instructions)
    {
        budget -= instructions;
        if (budget < 0) throw new InvalidOperationException($"The kernel did not end within {InstructionLimit} warp instructions.");
    }
}
