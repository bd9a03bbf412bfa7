using System.Text.Json;
using System.Text.Json.Serialization;

namespace NegSamples.Bench.Comparison;

/// <summary>One line of a measurement file, ours or a peer's. The line named <see cref="Machine"/> says where the others were measured.</summary>
internal sealed record Measurement(string Name, string Shape, string Precision, string Method)
{
    public const string Machine = "machine";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    /// <summary>What products in bfloat16 are made of, where that is not the usual.</summary>
    public string? Kernels { get; init; }

    /// <summary>Median and quartiles of one call over the rounds, ms; 0 where there is an <see cref="Error"/>.</summary>
    public double MedianMs { get; init; }

    public double Q1Ms { get; init; }

    public double Q3Ms { get; init; }

    public int Rounds { get; init; }

    /// <summary>Floating-point operations that one call must do.</summary>
    public double Flops { get; init; }

    /// <summary>What the device does at most in this precision, as it was measured; 0 where nobody did.</summary>
    public double PeakGflops { get; init; }

    /// <summary>What one call took of the host until it returned, ms; 0 where that was not measured.</summary>
    public double HostMs { get; init; }

    /// <summary>The most device memory held, inputs included.</summary>
    public long Bytes { get; init; }

    /// <summary>Why there are no times.</summary>
    public string? Error { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">A line is no measurement.</exception>
    public static List<Measurement> Read(string path)
    {
        List<Measurement> measurements = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                if (JsonSerializer.Deserialize<Measurement>(line, Options) is { Name: not null, Shape: not null, Precision: not null, Method: not null } read)
                {
                    measurements.Add(read);
                    continue;
                }
            }
            catch (JsonException)
            {
                // Said below, with the place.
            }

            throw new InvalidDataException($"{path}, line {number} is no measurement; expected JSON with name, shape, precision and method.");
        }

        return measurements;
    }
}
