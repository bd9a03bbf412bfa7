using System.Globalization;
using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.Cuda;

/// <summary>The functions of NVIDIA's driver library that this engine calls, looked up once. No CUDA toolkit is needed.</summary>
/// <remarks>Every pointer has the type of the driver's C function; its safety is that of the arguments, which only <see cref="GpuDevice"/> gives.</remarks>
internal sealed unsafe class CudaDriver
{
    /// <summary>The oldest driver that reads PTX ISA 7.8.</summary>
    public const int OldestVersion = 11080;

    /// <summary>The oldest driver that reads PTX ISA 8.0, which kernels of warpgroups are written in.</summary>
    public const int OldestForWarpgroups = 12000;

    public readonly delegate* unmanaged<uint, int> Init;
    public readonly delegate* unmanaged<int*, int> DriverGetVersion;
    public readonly delegate* unmanaged<int*, int> DeviceGetCount;
    public readonly delegate* unmanaged<int*, int, int> DeviceGet;
    public readonly delegate* unmanaged<byte*, int, int, int> DeviceGetName;
    public readonly delegate* unmanaged<byte*, int, int> DeviceGetIdentity;
    public readonly delegate* unmanaged<nuint*, int, int> DeviceTotalMemory;
    public readonly delegate* unmanaged<int*, int, int, int> DeviceGetAttribute;

    /// <summary>Null where the driver has none.</summary>
    public readonly delegate* unmanaged<int, uint, int> PrimaryContextSetFlags;

    public readonly delegate* unmanaged<nint*, int, int> PrimaryContextRetain;
    public readonly delegate* unmanaged<int, int> PrimaryContextRelease;
    public readonly delegate* unmanaged<nint, int> ContextSetCurrent;
    public readonly delegate* unmanaged<nuint*, nuint*, int> MemoryGetInfo;
    public readonly delegate* unmanaged<nint*, nuint, int> MemoryAllocate;
    public readonly delegate* unmanaged<nint, int> MemoryFree;
    public readonly delegate* unmanaged<nint*, nuint, uint, int> HostAllocate;
    public readonly delegate* unmanaged<nint, int> HostFree;
    public readonly delegate* unmanaged<nint, byte, nuint, nint, int> Memset;
    public readonly delegate* unmanaged<nint, nint, nuint, nint, int> CopyToDevice;
    public readonly delegate* unmanaged<nint, nint, nuint, nint, int> CopyToHost;
    public readonly delegate* unmanaged<nint, nint, nuint, nint, int> CopyOnDevice;
    public readonly delegate* unmanaged<nint*, uint, int> StreamCreate;
    public readonly delegate* unmanaged<nint, int> StreamQuery;
    public readonly delegate* unmanaged<nint, int> StreamSynchronize;
    public readonly delegate* unmanaged<nint, nint, uint, int> StreamWaitEvent;
    public readonly delegate* unmanaged<nint, int> StreamDestroy;
    public readonly delegate* unmanaged<nint*, uint, int> EventCreate;
    public readonly delegate* unmanaged<nint, nint, int> EventRecord;
    public readonly delegate* unmanaged<nint, int> EventQuery;
    public readonly delegate* unmanaged<nint, int> EventSynchronize;
    public readonly delegate* unmanaged<nint, int> EventDestroy;

    /// <summary>Null where the driver has none: only benchmarks ask, and have another clock.</summary>
    public readonly delegate* unmanaged<float*, nint, nint, int> EventElapsedTime;

    public readonly delegate* unmanaged<nint*, byte*, uint, int*, void**, int> ModuleLoad;
    public readonly delegate* unmanaged<nint, int> ModuleUnload;
    public readonly delegate* unmanaged<nint*, nint, byte*, int> ModuleGetFunction;
    public readonly delegate* unmanaged<nint, int, int, int> FunctionSetAttribute;
    public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> LaunchKernel;

    // Of graphs: null where the driver has none.
    public readonly delegate* unmanaged<nint, int, int> StreamBeginCapture;
    public readonly delegate* unmanaged<nint, nint*, int> StreamEndCapture;
    public readonly delegate* unmanaged<nint*, nint, ulong, int> GraphInstantiate;
    public readonly delegate* unmanaged<nint, nint, int> GraphLaunch;
    public readonly delegate* unmanaged<nint, int> GraphExecDestroy;
    public readonly delegate* unmanaged<nint, int> GraphDestroy;
    public readonly delegate* unmanaged<nint, int*, ulong*, nint*, nint**, nuint*, int> StreamGetCapture;
    public readonly delegate* unmanaged<nint, nint, KernelNode*, int> GraphSetKernelNode;

    /// <summary>Null where the driver has none.</summary>
    public readonly delegate* unmanaged<TensorMap*, int, uint, void*, ulong*, ulong*, uint*, uint*, int, int, int, int, int> TensorMapEncode;

    /// <summary>Null where the driver has none.</summary>
    public readonly delegate* unmanaged<TensorMap*, int, uint, void*, ulong*, ulong*, int*, int*, uint, uint, uint*, int, int, int, int, int> TensorMapEncodeWindows;

    public readonly delegate* unmanaged<int, byte**, int> GetErrorName;
    public readonly delegate* unmanaged<int, byte**, int> GetErrorString;

    /// <summary>Looks the functions up.</summary>
    /// <param name="export">The address of a function by its name in the library.</param>
    public CudaDriver(Func<string, nint> export)
    {
        // The suffixes are those of the driver's header: _v2 takes 64-bit addresses and sizes.
        Init = (delegate* unmanaged<uint, int>)export("cuInit");
        DriverGetVersion = (delegate* unmanaged<int*, int>)export("cuDriverGetVersion");
        DeviceGetCount = (delegate* unmanaged<int*, int>)export("cuDeviceGetCount");
        DeviceGet = (delegate* unmanaged<int*, int, int>)export("cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, int>)export("cuDeviceGetName");
        DeviceGetIdentity = (delegate* unmanaged<byte*, int, int>)export("cuDeviceGetUuid_v2");
        DeviceTotalMemory = (delegate* unmanaged<nuint*, int, int>)export("cuDeviceTotalMem_v2");
        DeviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)export("cuDeviceGetAttribute");
        PrimaryContextSetFlags = (delegate* unmanaged<int, uint, int>)Optional(export, "cuDevicePrimaryCtxSetFlags_v2");
        PrimaryContextRetain = (delegate* unmanaged<nint*, int, int>)export("cuDevicePrimaryCtxRetain");
        PrimaryContextRelease = (delegate* unmanaged<int, int>)export("cuDevicePrimaryCtxRelease_v2");
        ContextSetCurrent = (delegate* unmanaged<nint, int>)export("cuCtxSetCurrent");
        MemoryGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)export("cuMemGetInfo_v2");
        MemoryAllocate = (delegate* unmanaged<nint*, nuint, int>)export("cuMemAlloc_v2");
        MemoryFree = (delegate* unmanaged<nint, int>)export("cuMemFree_v2");
        HostAllocate = (delegate* unmanaged<nint*, nuint, uint, int>)export("cuMemHostAlloc");
        HostFree = (delegate* unmanaged<nint, int>)export("cuMemFreeHost");
        Memset = (delegate* unmanaged<nint, byte, nuint, nint, int>)export("cuMemsetD8Async");
        CopyToDevice = (delegate* unmanaged<nint, nint, nuint, nint, int>)export("cuMemcpyHtoDAsync_v2");
        CopyToHost = (delegate* unmanaged<nint, nint, nuint, nint, int>)export("cuMemcpyDtoHAsync_v2");
        CopyOnDevice = (delegate* unmanaged<nint, nint, nuint, nint, int>)export("cuMemcpyDtoDAsync_v2");
        StreamCreate = (delegate* unmanaged<nint*, uint, int>)export("cuStreamCreate");
        StreamQuery = (delegate* unmanaged<nint, int>)export("cuStreamQuery");
        StreamSynchronize = (delegate* unmanaged<nint, int>)export("cuStreamSynchronize");
        StreamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)export("cuStreamWaitEvent");
        StreamDestroy = (delegate* unmanaged<nint, int>)export("cuStreamDestroy_v2");
        EventCreate = (delegate* unmanaged<nint*, uint, int>)export("cuEventCreate");
        EventRecord = (delegate* unmanaged<nint, nint, int>)export("cuEventRecord");
        EventQuery = (delegate* unmanaged<nint, int>)export("cuEventQuery");
        EventSynchronize = (delegate* unmanaged<nint, int>)export("cuEventSynchronize");
        EventDestroy = (delegate* unmanaged<nint, int>)export("cuEventDestroy_v2");
        EventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)Optional(export, "cuEventElapsedTime");
        ModuleLoad = (delegate* unmanaged<nint*, byte*, uint, int*, void**, int>)export("cuModuleLoadDataEx");
        ModuleUnload = (delegate* unmanaged<nint, int>)export("cuModuleUnload");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)export("cuModuleGetFunction");
        FunctionSetAttribute = (delegate* unmanaged<nint, int, int, int>)export("cuFuncSetAttribute");
        LaunchKernel = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)export("cuLaunchKernel");
        StreamBeginCapture = (delegate* unmanaged<nint, int, int>)Optional(export, "cuStreamBeginCapture_v2");
        StreamEndCapture = (delegate* unmanaged<nint, nint*, int>)Optional(export, "cuStreamEndCapture");
        GraphInstantiate = (delegate* unmanaged<nint*, nint, ulong, int>)Optional(export, "cuGraphInstantiateWithFlags");
        GraphLaunch = (delegate* unmanaged<nint, nint, int>)Optional(export, "cuGraphLaunch");
        GraphExecDestroy = (delegate* unmanaged<nint, int>)Optional(export, "cuGraphExecDestroy");
        GraphDestroy = (delegate* unmanaged<nint, int>)Optional(export, "cuGraphDestroy");
        StreamGetCapture = (delegate* unmanaged<nint, int*, ulong*, nint*, nint**, nuint*, int>)Optional(export, "cuStreamGetCaptureInfo_v2");
        GraphSetKernelNode = (delegate* unmanaged<nint, nint, KernelNode*, int>)Optional(export, "cuGraphExecKernelNodeSetParams");
        TensorMapEncode = (delegate* unmanaged<TensorMap*, int, uint, void*, ulong*, ulong*, uint*, uint*, int, int, int, int, int>)Optional(export, "cuTensorMapEncodeTiled");
        TensorMapEncodeWindows = (delegate* unmanaged<TensorMap*, int, uint, void*, ulong*, ulong*, int*, int*, uint, uint, uint*, int, int, int, int, int>)
            Optional(export, "cuTensorMapEncodeIm2col");
        GetErrorName = (delegate* unmanaged<int, byte**, int>)export("cuGetErrorName");
        GetErrorString = (delegate* unmanaged<int, byte**, int>)export("cuGetErrorString");
    }

    /// <summary>Whether it has everything for graphs.</summary>
    public bool HasGraphs => StreamBeginCapture != null && StreamEndCapture != null && GraphInstantiate != null && GraphLaunch != null
        && GraphExecDestroy != null && GraphDestroy != null;

    /// <summary>Whether the driver gives kernels of a graph other arguments.</summary>
    public bool AdaptsGraphs => HasGraphs && StreamGetCapture != null && GraphSetKernelNode != null;

    /// <summary>The GPUs that this process sees, once <see cref="Refusal"/> has started the driver.</summary>
    public int Count { get; private set; }

    // The library is loaded once and stays, and a driver that was started stays so.
    private static readonly Lazy<DriverSearch> Found = new(Search);

    /// <summary>The driver of this machine, or a reason why there is none that can be used. It may hang as the driver does, see <see cref="DriverPatience"/>.</summary>
    public static DriverSearch Find() => Found.Value;

    private static DriverSearch Search()
    {
        string library = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        nint handle;
        try
        {
            handle = NativeLibrary.Load(library);
        }
        catch (DllNotFoundException exception) when (IsAbsent(library, exception.Message))
        {
            return new(null, $"NVIDIA's driver library {library} is not on this machine; install the driver", IsThere: false);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            return new(null, $"NVIDIA's driver library {library} is there but does not load ({exception.Message.Trim().TrimEnd('.')})", IsThere: true);
        }

        CudaDriver driver;
        try
        {
            driver = new CudaDriver(name => NativeLibrary.GetExport(handle, name));
        }
        catch (EntryPointNotFoundException exception)
        {
            return new(null, $"NVIDIA's driver is too old ({exception.Message}); expected 520 or later (CUDA 11.8)", IsThere: true);
        }

        string? refusal = driver.Refusal();
        return refusal is null ? new(driver, "", IsThere: true) : new(null, refusal, IsThere: true);
    }

    /// <summary>Whether a library was not found, rather than found and not loaded. The loader's words are English: .NET sets no locale for it.</summary>
    private static bool IsAbsent(string library, string words) => OperatingSystem.IsWindows()
        ? words.Contains("0x8007007E", StringComparison.Ordinal)
        : !OperatingSystem.IsLinux() || words.Contains($"{library}: cannot open shared object file: No such file", StringComparison.Ordinal)
            || words.Contains($"Error loading shared library {library}: No such file", StringComparison.Ordinal); // glibc and musl

    /// <summary>Why this driver cannot be used, or null. Starts the driver.</summary>
    public string? Refusal()
    {
        int error = Init(0);
        if (error != 0) return $"the driver does not start: {Describe(error)}";
        int version = 0, count = 0;
        error = DriverGetVersion(&version);
        if (error != 0) return $"the driver does not tell its version: {Describe(error)}";
        if (version < OldestVersion) return $"the driver is for CUDA {VersionText(version)}; expected CUDA {VersionText(OldestVersion)} (driver 520) or later";
        error = DeviceGetCount(&count);
        Count = count;
        return error != 0 ? $"the driver does not count its GPUs: {Describe(error)}" : count == 0 ? "the driver finds no GPU" : null;
    }

    /// <summary>The compute capability of a GPU that is not opened, (9, 0) of a Hopper; (0, 0) where the driver does not tell.</summary>
    public (int Major, int Minor) CapabilityOf(int index)
    {
        int device, major, minor;
        return DeviceGet(&device, index) == 0 && DeviceGetAttribute(&major, GpuDevice.ComputeMajor, device) == 0
            && DeviceGetAttribute(&minor, GpuDevice.ComputeMinor, device) == 0 ? (major, minor) : (0, 0);
    }

    /// <summary>An error of the driver in its own words.</summary>
    public string Describe(int error)
    {
        byte* name = null, text = null;
        string number = error.ToString(CultureInfo.InvariantCulture);
        if (GetErrorName(error, &name) != 0 || name == null) return "error " + number;
        string words = GetErrorString(error, &text) == 0 && text != null ? ", " + Marshal.PtrToStringUTF8((nint)text) : "";
        return $"{Marshal.PtrToStringUTF8((nint)name)} ({number}{words})";
    }

    public static string VersionText(int version) => string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");

    private static nint Optional(Func<string, nint> export, string name)
    {
        try
        {
            return export(name);
        }
        catch (EntryPointNotFoundException)
        {
            return 0;
        }
    }
}
