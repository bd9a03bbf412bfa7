using System.Globalization;

namespace NegSamples.Kernels.Cuda;

/// <summary>How long a driver may take to answer, and what becomes of a call that it does not answer.</summary>
/// <remarks>A call into the driver cannot be called off: what is left behind is a thread, which ends with the process.</remarks>
internal static class DriverPatience
{
    /// <summary>Sets the seconds that opening and checking a GPU may take.</summary>
    public const string Variable = "NEGSAMPLES_DRIVER_SECONDS";

    private const double DefaultSeconds = 60, MostSeconds = 86400;
    private const int FirstWordAt = 12; // A twelfth of the limit, 5 of 60 seconds, passes without a word.

    /// <summary>How long opening and checking a GPU may take.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= MostSeconds
            ? seconds : DefaultSeconds);

    /// <summary>Makes calls on a thread of their own and gives up when they have taken too long.</summary>
    /// <param name="what">Who does not answer, "NVIDIA's driver".</param>
    /// <param name="call">The calls. They may be made from any thread, one at a time.</param>
    /// <param name="note">Is told early that there is no answer yet; null tells nobody.</param>
    /// <exception cref="DeviceException">There was no answer in time.</exception>
    public static T Within<T>(string what, Func<T> call, Action<string>? note)
    {
        Task<T> answer = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!WaitFor(answer, Limit / FirstWordAt))
        {
            note?.Invoke(string.Create(
                CultureInfo.InvariantCulture, $"{what} has not answered for {(Limit / FirstWordAt).TotalSeconds:0.##} s; it is given {Limit.TotalSeconds:0.##} s ({Variable})."));
            if (!WaitFor(answer, Limit - (Limit / FirstWordAt)))
                throw new DeviceException(string.Create(CultureInfo.InvariantCulture, $"{what} has not answered for {Limit.TotalSeconds:0.##} s"));
        }

        return answer.GetAwaiter().GetResult(); // It is over: this gives what it gave or throws what it threw.
    }

    private static bool WaitFor(Task answer, TimeSpan time) => Task.WaitAny([answer], time) == 0;
}
