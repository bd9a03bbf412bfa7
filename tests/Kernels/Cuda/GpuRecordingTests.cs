using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>Recordings of a GPU's work, on a driver that is emulated and as strict about captures as the real one.</summary>
[Collection("emulated driver")]
public class GpuRecordingTests
{
    private const int Bytes = 64;

    [Fact]
    public void ARecordingDoesTheSameAgainWithOtherNumbers()
    {
        using GpuDevice device = new(EmulatedDriver.Start());
        nint from = device.Allocate("from", Bytes), to = device.Allocate("to", Bytes);
        nint recording = device.Record(() => device.CopyOnDevice(from, to, Bytes));
        Assert.NotEqual(0, recording);
        byte[] result = new byte[Bytes], last = new byte[Bytes];
        device.Download(to, result);
        Assert.All(result, value => Assert.Equal(0, value)); // It has not been done yet.
        for (byte round = 1; round < 4; round++)
        {
            byte[] numbers = [.. Enumerable.Repeat(round, Bytes)];
            device.Repeat(recording, numbers, from, to, result);
            Assert.Equal(numbers, result);
        }

        device.Forget(recording);
        device.Download(to, last);
        Assert.Equal(result, last);
        device.Free(from);
        device.Free(to);
        device.Dispose();
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);
    }

    /// <summary>What a capture does not take is refused before the driver does, and afterwards the stream works as before.</summary>
    [Theory]
    [InlineData("reserving")]
    [InlineData("an upload")]
    [InlineData("a download")]
    [InlineData("a wait")]
    [InlineData("a kernel")]
    public void WorkThatCannotBeRecordedIsNotDone(string what)
    {
        using GpuDevice device = new(EmulatedDriver.Start());
        nint place = device.Allocate("place", Bytes);
        byte[] content = new byte[Bytes];
        Action work = what switch
        {
            "reserving" => () => device.Allocate("more", Bytes),
            "an upload" => () => device.Upload([1], place),
            "a download" => () => device.Download(place, content),
            "a wait" => device.Synchronize,
            _ => () => device.Load(((Action<ILGPU.ArrayView<float>>)NoKernel).Method),
        };
        Assert.Equal(0, device.Record(() =>
        {
            device.Clear(place, Bytes);
            work();
        }));
        device.Upload([7], place);
        device.Download(place, content);
        Assert.Equal(7, content[0]);
        Assert.Empty(EmulatedDriver.Faults);
    }

    /// <summary>Without an event between them a graph and an upload by the copy stream are in no order: the emulated driver does the copy too late.</summary>
    [Fact]
    public unsafe void AGraphWithoutAnEdgeFromTheCopyStreamReadsWhatWasThere()
    {
        CudaDriver driver = EmulatedDriver.Start();
        using GpuDevice device = new(driver);
        nint from = device.Allocate("from", Bytes), to = device.Allocate("to", Bytes), other, pinned, arrived;
        nint recording = device.Record(() => device.CopyOnDevice(from, to, Bytes));
        Assert.Equal(0, driver.StreamCreate(&other, 1));
        Assert.Equal(0, driver.HostAllocate(&pinned, Bytes, 0));
        Assert.Equal(0, driver.EventCreate(&arrived, 2));
        new Span<byte>((void*)pinned, Bytes).Fill(9);
        byte[] result = new byte[Bytes];
        Assert.Equal(0, driver.CopyToDevice(from, pinned, Bytes, other));
        Assert.Equal(0, driver.EventRecord(arrived, other));
        device.Repeat(recording, [], 0, to, result);
        Assert.Equal(0, result[0]);
        Assert.Equal(0, driver.StreamWaitEvent(device.Stream, arrived, 0));
        device.Repeat(recording, [], 0, to, result);
        Assert.Equal(9, result[0]);
        Assert.Empty(EmulatedDriver.Faults);

        // Within a capture such a wait would pull the copy stream into the graph: the driver refuses it.
        nint awaited = arrived;
        Assert.Equal(0, device.Record(() => Assert.Equal(905, driver.StreamWaitEvent(device.Stream, awaited, 0))));
        Assert.Contains("one end within a captured stream", Assert.Single(EmulatedDriver.Faults), StringComparison.Ordinal);
    }

    /// <summary>Another argument reaches the kernel of a recording; another extent, or more or fewer kernels, is another recording.</summary>
    [Fact]
    public void ARecordingTakesOtherArgumentsAndNothingElse()
    {
        using GpuDevice device = new(EmulatedDriver.Start());
        nint to = device.Allocate("to", Bytes), kernel = device.Load(((Action<ILGPU.ArrayView<float>, float>)Put).Method);
        void Launch(float value, int threads = 1) => device.Launch(kernel, 1, threads, 0, [new DeviceSpan(to, 1), value]);
        nint recording = device.Record(() =>
        {
            device.Clear(to, Bytes);
            Launch(1);
        });
        byte[] result = new byte[sizeof(float)];
        foreach (float value in new[] { 1f, 2f, 2f, 3f })
        {
            Assert.True(device.Adapt(recording, () =>
            {
                device.Clear(to, Bytes);
                Launch(value);
            }));
            device.Repeat(recording, [], 0, to, result);
            Assert.Equal(value, BitConverter.ToSingle(result));
        }

        Assert.Equal(2, EmulatedDriver.Calls.Count(call => call == "cuGraphExecKernelNodeSetParams"));
        Assert.False(device.Adapt(recording, () => Launch(4, threads: 2)));
        Assert.False(device.Adapt(recording, () => { }));
        Assert.False(device.Adapt(recording, () =>
        {
            Launch(4);
            Launch(5);
        }));
        Assert.False(device.Adapt(recording, () => device.Load(((Action<ILGPU.ArrayView<float>>)NoKernel).Method)));
        device.Launch(device.Load(((Action<ILGPU.ArrayView<float>>)NoKernel).Method), 1, 1, 0, [new DeviceSpan(to, 1)]); // which is loaded all the same
        device.Download(to, result);
        Assert.Equal(1, BitConverter.ToSingle(result));
        device.Free(to);
        device.Dispose();
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);
    }

    [Theory]
    [InlineData("cuStreamGetCaptureInfo_v2")]
    [InlineData("cuGraphExecKernelNodeSetParams")]
    public void ADriverThatCannotAdaptARecordingStillRecords(string function)
    {
        using GpuDevice device = new(EmulatedDriver.Start(without: function));
        nint to = device.Allocate("to", Bytes), recording = device.Record(() => device.Clear(to, Bytes));
        Assert.NotEqual(0, recording);
        Assert.False(device.Adapt(recording, () => Assert.Fail("asked")));
    }

    [Fact]
    public void ADriverWithoutGraphsRecordsNothing()
    {
        foreach (string function in new[] { "cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags", "cuGraphLaunch", "cuGraphExecDestroy", "cuGraphDestroy" })
        {
            using GpuDevice device = new(EmulatedDriver.Start(without: function));
            Assert.False(device.Records);
            Assert.Equal(0, device.Record(() => Assert.Fail("asked")));
        }
    }

    private static void Put(ILGPU.ArrayView<float> y, float value)
    {
        if (ILGPU.Group.IdxX == 0) y[0] = value;
    }

    private static void NoKernel(ILGPU.ArrayView<float> y)
    {
        if (ILGPU.Group.IdxX == 0) y[0] = 1f;
    }
}
