using System.Text;
using NegSamples.TensorBoard;

namespace NegSamples.Tests.TensorBoard;

public class EventFileTests
{
    [Fact]
    public void TheSumIsThatOfTheSpecification()
    {
        // RFC 3720, B.4: CRC-32C of 32 zeros is 0x8A9136AA; of "123456789" it is 0xE3069283. Masked: rotated right by 15, plus 0xA282EAD8.
        foreach ((byte[] bytes, uint sum) in new[] { (new byte[32], 0x8A9136AAu), (Encoding.ASCII.GetBytes("123456789"), 0xE3069283u) })
        {
            uint masked = unchecked(((sum >> 15) | (sum << 17)) + 0xA282EAD8);
            Assert.Equal((masked, masked), (EventFile.MaskedSum(bytes), EventReader.Masked(bytes)));
        }
    }

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using TemporaryFolder folder = new();
        string svg = "<svg viewBox=\"0 0 10 20\">ü</svg>";
        using (EventFile file = EventFile.Create(folder.PathOf("log")))
        {
            file.Add(1, [("loss", 1.5), ("lärm/x", double.NaN)]);
            file.Add(300, [("loss", -2e30)]);
            file.AddDrawing(7, "figures/1", svg, 10, 20);
            Assert.Throws<ArgumentException>(() => file.AddDrawing(7, "x", "<?html", 1, 1));
        }

        string path = Assert.Single(Directory.GetFiles(folder.PathOf("log")));
        Assert.Matches(@"^events\.out\.tfevents\.\d{10}\.", Path.GetFileName(path));
        List<Event> events = EventReader.Read(path);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.All(events, entry => Assert.InRange(entry.Time, 1.7e9, 1e11));
        Assert.Equal([0, 1, 300, 7], events.Select(entry => entry.Step));
        Assert.Equal([("loss", 1.5f), ("lärm/x", float.NaN)], events[1].Values.Select(value => (value.Tag, value.Scalar!.Value)));
        Assert.Equal(-2e30f, events[2].Values[0].Scalar);
        Assert.Equal(new EventValue("figures/1", null, svg, 10, 20), events[3].Values[0]);
    }

    [Fact]
    public void AContinuedRunTakesBackWhatCameAfterItsCheckpoint()
    {
        using TemporaryFolder folder = new();
        EventFile.Create(folder.PathOf("log")).Dispose();
        EventFile.Create(folder.PathOf("log"), from: 41).Dispose();
        string[] files = [.. Directory.GetFiles(folder.PathOf("log")).Order(StringComparer.Ordinal)];
        Assert.Equal(2, files.Length);
        Assert.DoesNotContain(EventReader.Read(files[0]), entry => entry.Session != 0);
        Event start = EventReader.Read(files[1])[1];
        Assert.Equal((42L, 1L), (start.Step, start.Session)); // START: TensorBoard drops events of this step and later that it has from files before
    }

    [Fact]
    public void AFullDiskCostsEventsAndNoSum()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.PathOf("log"));
        using EventFile file = EventFile.OfStream(new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1));
        file.Add(1, [("loss", 1)]);
        file.Add(2, [("loss", 2)]);
        Assert.Equal(3, file.Lost); // with the version
    }
}
