using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>Takes an explicitly grouped kernel from its C# method to PTX. No GPU is needed.</summary>
/// <remarks>
/// The target is sm_80, which every later GPU's driver translates; the text is of PTX ISA 7.8, which drivers since CUDA 11.8 read. A kernel of
/// warpgroups is for sm_90a, which no other GPU runs, and of PTX ISA 8.0, which drivers since CUDA 12.0 read.
/// </remarks>
internal static partial class KernelCompiler
{
    private const string Target = "sm_80, ISA 7.8";

    // A kernel is the same for every device; compiling one takes a few tenths of a second.
    private static readonly ConcurrentDictionary<MethodInfo, string> Compiled = new();

    /// <summary>This build of the kernels and of what compiles them: another build has another word.</summary>
    public static string Program { get; } =
        $"{typeof(KernelCompiler).Module.ModuleVersionId:N} {typeof(Context).Module.ModuleVersionId:N}";

    /// <summary>The PTX of one kernel.</summary>
    /// <param name="method">A static method; its generic arguments must be closed.</param>
    public static string Compile(MethodInfo method) => Compiled.GetOrAdd(method, CompileAnew);

    /// <summary>The PTX of one kernel, from where it was kept or to be kept there.</summary>
    /// <param name="method">As of <see cref="Compile(MethodInfo)"/>.</param>
    /// <param name="texts">Where texts are kept between processes; null for nowhere.</param>
    public static string Compile(MethodInfo method, IKernelTexts? texts) => texts is null ? Compile(method) : Compiled.GetOrAdd(method, _ =>
    {
        string key = KeyOf(method);
        if (texts.Find(key) is { } kept) return kept;
        string text = CompileAnew(method);
        texts.Keep(key, text);
        return text;
    });

    /// <summary>Whether a kernel's PTX is there without compiling it.</summary>
    public static bool IsCompiled(MethodInfo method, IKernelTexts? texts)
    {
        if (Compiled.ContainsKey(method)) return true;
        if (texts?.Find(KeyOf(method)) is not { } kept) return false;
        Compiled.TryAdd(method, kept);
        return true;
    }

    /// <summary>The PTX of one kernel, compiled now. It is the same text each time.</summary>
    public static string CompileAnew(MethodInfo method)
    {
        string aligned = DynamicShared().Replace(CompileAsWritten(method), ".extern .shared .align 1024 .b8 __dyn_shared_alloca");
        string expanded = StableNames.Renumber(TensorMapParameters.Bind(PtxExpansion.Expand(LocalPromotion.Promote(aligned))));
        return expanded.Contains("wgmma.", StringComparison.Ordinal) ? ForWarpgroups(expanded) : expanded;
    }

    /// <summary>The text for compute capability 9.0 alone, whose instructions ILGPU does not know.</summary>
    private static string ForWarpgroups(string ptx) => TargetLine().Replace(VersionLine().Replace(ptx, ".version 8.0"), ".target sm_90a");

    /// <summary>Names a kernel, what it is compiled from and what for.</summary>
    private static string KeyOf(MethodInfo method) => $"{Program} {Target} {method.DeclaringType} {method}";

    /// <summary>What ILGPU makes of one kernel, before anything is changed in it.</summary>
    public static string CompileAsWritten(MethodInfo method)
    {
        // A context of its own: after one kernel that does not compile, a context compiles no other. Making one takes a few milliseconds.
        using Context context = Context.Create(builder => builder.EnableAlgorithms());
        using PTXBackend backend = new(context, new CudaCapabilityContext(CudaArchitecture.SM_90), CudaArchitecture.SM_90, CudaInstructionSet.ISA_78, null!);
        LaunchBoundsAttribute? bounds = method.GetCustomAttribute<LaunchBoundsAttribute>();
        KernelSpecialization specialization = bounds is null ? KernelSpecialization.Empty
            : new KernelSpecialization(bounds.Threads, bounds.Blocks > 0 ? bounds.Blocks : null);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), specialization)).PTXAssembly;
    }

    /// <summary>Dynamic shared memory, which ILGPU aligns as its elements; kernels that exchange chunks by exclusive or on addresses need more.</summary>
    [GeneratedRegex(@"\.extern \.shared \.align \d+ \.b8 __dyn_shared_alloca")]
    private static partial Regex DynamicShared();

    [GeneratedRegex(@"\.version \S+")]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"\.target \S+")]
    private static partial Regex TargetLine();

    /// <summary>The name of a kernel's entry in its PTX.</summary>
    public static string EntryOf(string ptx)
    {
        const string Mark = ".visible .entry ";
        int start = ptx.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        return ptx[start..ptx.IndexOf('(', start)].Trim();
    }
}
