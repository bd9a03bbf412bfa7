using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using NegSamples.Kernels;

namespace NegSamples.Onnx;

/// <summary>ONNX Runtime's native library.</summary>
internal static class OnnxLibrary
{
    /// <summary>Its version.</summary>
    public static string Version => OrtEnv.Instance().GetVersionString();

    /// <summary>Loads it.</summary>
    /// <exception cref="DeviceException">It is missing, or not for this machine.</exception>
    public static void Require() => Require(() => _ = Version);

    internal static void Require(Action load)
    {
        try
        {
            load();
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new DeviceException(string.Create(CultureInfo.InvariantCulture,
                $"ONNX Runtime's native library cannot be loaded; expected it beside the program, in {AppContext.BaseDirectory}: {exception.GetBaseException().Message.Split('\n')[0].Trim()}"), exception);
        }
    }
}
