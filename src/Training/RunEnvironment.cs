using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>Where and by what a run was made; the file <c>environment.json</c>.</summary>
/// <param name="Version">NegSamples' version with the commit that it was built from, where the build knew it.</param>
/// <param name="Device">The device in words.</param>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="MemoryBytes">Memory that the process may use.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="Runtime">The .NET version.</param>
/// <param name="CommandLine">The command.</param>
/// <param name="StartedUtc">When the run began, ISO 8601.</param>
/// <param name="Hosts">The name of each rank's machine, in the order of the ranks; null for one process.</param>
/// <param name="InitialWeights">The file that the run's first weights come from; null where the seed draws them.</param>
/// <param name="InitialWeightsSha256">SHA-256 of that file.</param>
internal sealed record RunEnvironment(
    string Version, string Device, string Processor, int Cores, long MemoryBytes, string OperatingSystem, string Runtime, string CommandLine, string StartedUtc,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Hosts = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? InitialWeights = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? InitialWeightsSha256 = null)
{
    /// <summary>Describes this process.</summary>
    /// <param name="device">The device in words.</param>
    /// <param name="hosts">The name of each rank's machine; null for one process.</param>
    /// <param name="encoder">Of the run's settings, the file that its first weights come from.</param>
    public static RunEnvironment Capture(string device, IReadOnlyList<string>? hosts = null, EncoderSettings? encoder = null) => new(
        ProgramVersion,
        device,
        ProcessorName(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        Environment.CommandLine,
        DateTime.UtcNow.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
        hosts,
        encoder?.Init,
        encoder?.InitSha256);

    /// <summary>The processor's name, or its architecture where the system does not tell.</summary>
    public static string ProcessorName()
    {
        const string information = "/proc/cpuinfo", key = "model name";
        if (File.Exists(information))
        {
            string? line = File.ReadLines(information).FirstOrDefault(text => text.StartsWith(key, StringComparison.Ordinal));
            if (line is not null) return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>This program's version with the commit that it was built from, where the build knew it.</summary>
    public static string ProgramVersion { get; } =
        typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
