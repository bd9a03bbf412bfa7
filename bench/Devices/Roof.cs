namespace NegSamples.Bench.Devices;

/// <summary>What a device does at most in one precision, measured on it.</summary>
/// <param name="Gflops">Multiplications and additions from registers, in GFLOP/s.</param>
/// <param name="GigabytesPerSecond">Bytes read and written, in GB/s.</param>
internal sealed record Roof(double Gflops, double GigabytesPerSecond);
