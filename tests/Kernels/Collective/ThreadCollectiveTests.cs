using System.Diagnostics;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>The ranks of the tests find the faults that would let the ranks of MPI hang or mix up their numbers.</summary>
public class ThreadCollectiveTests
{
    [Fact]
    public void ARankWithAnotherLengthFailsOnAllAtOnce()
    {
        Stopwatch clock = Stopwatch.StartNew();
        bool[] threw = new bool[3];
        AggregateException exception = Assert.Throws<AggregateException>(() => ThreadCollective.Run(3, collective =>
        {
            int count = collective.Rank == 2 ? 2 : 1;
            try
            {
                collective.AllGather(new double[count], new double[3 * count]);
            }
            catch (InvalidOperationException)
            {
                threw[collective.Rank] = true;
                throw;
            }
        }));
        Assert.Matches("rank . calls Gather of (8|16) bytes while another calls Gather of (8|16)", exception.Message);
        Assert.Equal([true, true, true], threw);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public unsafe void ARankWithAnotherMethodFailsOnAll()
    {
        AggregateException exception = Assert.Throws<AggregateException>(() => ThreadCollective.Run(2, collective =>
        {
            float* x = stackalloc float[2];
            if (collective.Rank == 0) collective.Sum(x, 2);
            else collective.AllGather(x, sizeof(float));
        }));
        Assert.Contains("Exchange", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Gather", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARankThatDoesNotComeIsNamedWhenTheLimitIsOver()
    {
        AggregateException exception = Assert.Throws<AggregateException>(() => ThreadCollective.Run(
            2,
            collective =>
            {
                if (collective.Rank == 0) collective.Barrier();
            },
            TimeSpan.FromSeconds(0.2)));
        Assert.IsType<TimeoutException>(exception.InnerException);
        Assert.Contains("rank 0 has waited 0.2 s in Gather for a rank that does not come", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARankThatFailsOrEndsAllLetsNobodyWait()
    {
        Stopwatch clock = Stopwatch.StartNew();
        AggregateException failed = Assert.Throws<AggregateException>(() => ThreadCollective.Run(3, collective =>
        {
            if (collective.Rank == 1) throw new NotSupportedException("out of order");
            collective.Barrier();
        }));
        Assert.IsType<NotSupportedException>(failed.InnerException);
        Assert.Contains("rank 1 failed: out of order", failed.Message, StringComparison.Ordinal);
        AggregateException ended = Assert.Throws<AggregateException>(() => ThreadCollective.Run(3, collective =>
        {
            if (collective.Rank == 2) collective.Abort(5);
            collective.Barrier();
        }));
        Assert.Contains("rank 2 has ended all with 5", ended.Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }
}
