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
    /// <exception cref="DeviceException">The variable is no such time.</exception>
    public static TimeSpan Limit => LimitOf(Environment.GetEnvironmentVariable(Variable));

    /// <summary>How long it may take where the variable says so; null or nothing leaves it as it is.</summary>
    /// <exception cref="DeviceException">It is no such time.</exception>
    public static TimeSpan LimitOf(string? asked)
    {
        if (string.IsNullOrEmpty(asked)) return TimeSpan.FromSeconds(DefaultSeconds);
        bool isTime = double.TryParse(asked, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= MostSeconds;
        return isTime ? TimeSpan.FromSeconds(seconds)
            : throw new DeviceException(string.Create(CultureInfo.InvariantCulture, $"{Variable} is '{asked}'; expected seconds above 0, {MostSeconds} at most"));
    }

    /// <summary>Makes calls on a thread of their own and gives up when they have taken too long.</summary>
    /// <param name="what">Who does not answer, "NVIDIA's driver".</param>
    /// <param name="call">The calls. They may be made from any thread, one at a time.</param>
    /// <param name="note">Is told early that there is no answer yet; null tells nobody.</param>
    /// <exception cref="DeviceException">There was no answer in time.</exception>
    public static T Within<T>(string what, Func<T> call, Action<string>? note)
    {
        TimeSpan limit = Limit;
        Task<T> answer = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!WaitFor(answer, limit / FirstWordAt))
        {
            note?.Invoke(string.Create(
                CultureInfo.InvariantCulture, $"{what} has not answered for {(limit / FirstWordAt).TotalSeconds:0.##} s; it is given {limit.TotalSeconds:0.##} s ({Variable})."));
            if (!WaitFor(answer, limit - (limit / FirstWordAt)))
                throw new DeviceException(string.Create(CultureInfo.InvariantCulture, $"{what} has not answered for {limit.TotalSeconds:0.##} s"));
        }

        return answer.GetAwaiter().GetResult(); // It is over: this gives what it gave or throws what it threw.
    }

    private static bool WaitFor(Task answer, TimeSpan time) => Task.WaitAny([answer], time) == 0;
}
