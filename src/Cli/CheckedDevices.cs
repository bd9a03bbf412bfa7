namespace NegSamples.Cli;

/// <summary>What the self-tests of a machine's devices found.</summary>
/// <param name="Devices">What can compute.</param>
/// <param name="Passed">Whether every operation that was tested agrees with its twin.</param>
/// <param name="Operations">The operations.</param>
internal sealed record CheckedDevices(FoundDevices Devices, bool Passed, IReadOnlyList<CheckedOperation> Operations);

/// <summary>An operation beside its twin.</summary>
/// <param name="Device">What was tested.</param>
/// <param name="Precision">In which precision.</param>
/// <param name="Name">The operation.</param>
/// <param name="Passed">Whether it agrees.</param>
/// <param name="Error">By how much it is off.</param>
/// <param name="Tolerance">The most that rounding explains.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Failure">An exception's message, or null.</param>
internal sealed record CheckedOperation(
    string Device, string Precision, string Name, bool Passed, double Error, double Tolerance, double Seconds, string? Failure);
