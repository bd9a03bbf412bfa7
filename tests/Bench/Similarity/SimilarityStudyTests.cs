using System.Text.Json;
using System.Xml.Linq;
using NegSamples.Kernels;
using NegSamples.Similarity;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training.Settings;
using NegSamples.Training;

namespace NegSamples.Tests.Bench.Similarity;

public class SimilarityStudyTests
{
    private const long Plenty = 1L << 40;

    private static readonly SimilaritySettings Small = new()
    {
        Rows = 24, Keys = [32, 64], Dimension = 16, Repetitions = 3, Threads = 2, Methods = [SimilarityMethod.Streaming, SimilarityMethod.Materialised],
    };

    [Theory]
    [InlineData(SimilarityForm.Generic, 24, 4)]
    [InlineData(SimilarityForm.NtXent, 64, 2)]
    [InlineData(SimilarityForm.Queue, 24, 2)]
    [InlineData(SimilarityForm.TwoTower, 64, 4)]
    [InlineData(SimilarityForm.Sigmoid, 24, 3)]
    public void WorkIsCountedByTheForm(SimilarityForm form, int rows, int products)
    {
        SimilarityShape shape = (Small with { Form = form }).Shape(64);
        Assert.Equal((rows, 64, products), (shape.Rows, shape.Keys, shape.Products));
        Assert.Equal(2.0 * rows * 64 * 16, shape.Flops(1));
        SimilarityPass pass = SimilarityPass.Of(shape, products, [0.5, 0.1, 0.3, 0.2, 0.4], peakGflops: 2);
        Assert.Equal((products, 0.3, 0.2, 0.4), (pass.Products, pass.MedianSeconds, pass.LowerQuartileSeconds, pass.UpperQuartileSeconds));
        double flops = products * 2.0 * rows * 64 * 16;
        Assert.Equal(rows * 64 / 0.3, pass.PairsPerSecond, 1e-6);
        Assert.Equal(flops / 0.3e9, pass.Gflops, 1e-12);
        Assert.Equal(flops / 0.6e9, pass.PeakShare, 1e-12);
        Assert.Equal(flops / 2e9, pass.FloorSeconds, 1e-12);
    }

    [Theory]
    [InlineData(SimilarityForm.Generic)]
    [InlineData(SimilarityForm.NtXent)]
    [InlineData(SimilarityForm.Queue)]
    [InlineData(SimilarityForm.TwoTower)]
    [InlineData(SimilarityForm.Sigmoid)]
    public void EveryNumberIsMeasured(SimilarityForm form)
    {
        bool isStreaming = form is SimilarityForm.TwoTower or SimilarityForm.Sigmoid;
        IReadOnlyList<SimilarityMethod> methods = isStreaming ? [SimilarityMethod.Streaming] : Small.Methods;
        List<string> lines = [];
        SimilarityReport report = SimilarityStudy.Run(Small with { Form = form, Methods = methods }, () => new CpuOps(2), Plenty, lines.Add);
        Assert.True(report.IsComplete);
        Assert.True(report.PeakGflops > 0.1);
        Assert.Equal(
            Small.Keys.SelectMany(keys => methods.Select(method => (keys, method))),
            report.Rows.Select(row => (row.Keys, row.Method)));
        Assert.Equal(4 * methods.Count, lines.Count);
        Assert.Contains($"[1/{2 * methods.Count}] K = 32, streaming needs", lines[0], StringComparison.Ordinal);
        Assert.Contains("GFLOP/s", lines[^1], StringComparison.Ordinal);
        foreach (SimilarityRow row in report.Rows)
        {
            SimilarityNeed need = SimilarityNeed.Of(new(form, row.Rows, row.Keys, 16), row.Method, report.SpillBytes, 2);
            Assert.Equal((need.InputBytes, need.OutputBytes), (row.InputBytes, row.OutputBytes));
            Assert.InRange(row.ExtraBytes, row.Method == SimilarityMethod.Materialised ? row.Rows * row.Keys * sizeof(float) : 0, need.ExtraBytes);
            Assert.True(row.Forward.MedianSeconds > 0 && row.ForwardBackward.MedianSeconds > 0);
            Assert.InRange(row.ForwardBackward.LowerQuartileSeconds, 0, row.ForwardBackward.MedianSeconds);
            Assert.InRange(row.Error.Loss, 0, 1e-5);
            Assert.InRange(row.Error.QueryGradient, 0, 1e-5);
            Assert.Equal(form is SimilarityForm.Generic or SimilarityForm.Sigmoid, row.Error.KeyGradient is not null);
        }
    }

    [Fact]
    public void TheInputsAreWhatTheTensorsTake()
    {
        // 5 rows of 16 floats are 320 bytes, 9 keys 576; 5 indices or losses take a line of 64.
        SimilarityNeed generic = SimilarityNeed.Of(new(SimilarityForm.Generic, 5, 9, 16), SimilarityMethod.Streaming, 0, 1);
        Assert.Equal((320 + 64 + 576, 64 + 64 + 320 + 576), (generic.InputBytes, generic.OutputBytes));
        SimilarityNeed queue = SimilarityNeed.Of(new(SimilarityForm.Queue, 5, 9, 16), SimilarityMethod.Streaming, 0, 1);
        Assert.Equal((320 + 640 + 320, 64 + 64 + 320), (queue.InputBytes, queue.OutputBytes));
        SimilarityNeed symmetric = SimilarityNeed.Of(new(SimilarityForm.NtXent, 6, 6, 16), SimilarityMethod.Streaming, 0, 1);
        Assert.Equal((384 + (3 * 64), 64 + 64 + 384), (symmetric.InputBytes, symmetric.OutputBytes));

        // What makes materialising expensive, and what a spill may take at most.
        SimilarityNeed large = SimilarityNeed.Of(new(SimilarityForm.Generic, 1024, 1 << 20, 128), SimilarityMethod.Materialised, 0, 2);
        Assert.InRange(large.ExtraBytes, 4L << 30, 6L << 30);
        long spilled = SimilarityNeed.Of(new(SimilarityForm.Generic, 1024, 1 << 20, 128), SimilarityMethod.Streaming, 128 << 20, 2).ExtraBytes;
        Assert.InRange(spilled, 128 << 20, 192 << 20);
    }

    /// <summary>On a GPU its own memory is planned by its own kernels, and its own peak is told.</summary>
    [Fact]
    public void AGpusMemoryAndPeakAreItsOwn()
    {
        SimilaritySettings settings = Small with { Methods = [SimilarityMethod.Streaming], Keys = [64], Repetitions = 1 };
        static CudaOps Open() => new(new InterpretedDevice { Processors = 1 }, Precision.BFloat16);
        SimilarityReport report = SimilarityStudy.Run(settings, Open, 1, _ => { }, mayBeGpu: true); // One byte of the host, which is not asked.
        Assert.Equal(("tf32", 1L << 30), (report.Precision, report.AvailableBytes)); // A GPU in bf16 multiplies rows in TF32 at the study's temperature of 0.1.
        SimilarityRow row = Assert.Single(report.Rows);
        using CudaOps gpu = Open();
        SimilarityNeed need = SimilarityNeed.OnGpu(gpu, settings, 64);
        Assert.InRange(need.ExtraBytes, row.ExtraBytes, row.ExtraBytes + 4096);
        Assert.NotEqual(need.ExtraBytes, SimilarityNeed.Of(settings.Shape(64), SimilarityMethod.Streaming, null, 2).ExtraBytes);
        Assert.InRange(report.PeakGflops, 1e-9, 50); // An interpreter's.
        DeviceMemoryException refused = Assert.Throws<DeviceMemoryException>(() => SimilarityStudy.Run(settings with { Keys = [1 << 22] }, Open, long.MaxValue, _ => { }, mayBeGpu: true));
        Assert.Contains("1.1 GB are available", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDoesNotFitIsRefusedBeforeAnythingIsTaken()
    {
        static Ops Never() => throw new InvalidOperationException("The device was opened.");
        SimilaritySettings large = new() { Rows = 1024, Keys = [4096, 1 << 20], Methods = [SimilarityMethod.Materialised], Threads = 2 };
        DeviceMemoryException refused = Assert.Throws<DeviceMemoryException>(() => SimilarityStudy.Run(large, Never, 2_000_000_000, _ => { }));
        Assert.StartsWith("K = 1048576, materialised, with 1024 rows needs 5.9 GB", refused.Message, StringComparison.Ordinal);
        Assert.Contains("2.0 GB are available. Choose a smaller `keys` (262144 fits) or `rows`, or `method` streaming", refused.Message, StringComparison.Ordinal);

        refused = Assert.Throws<DeviceMemoryException>(() => SimilarityStudy.Run(large with { Methods = [SimilarityMethod.Streaming] }, Never, 1_000_000_000, _ => { }));
        Assert.StartsWith("K = 1048576, streaming, with 1024 rows needs 1.", refused.Message, StringComparison.Ordinal);

        refused = Assert.Throws<DeviceMemoryException>(() => SimilarityStudy.Run(large with { Form = SimilarityForm.NtXent }, Never, 1_000_000_000, _ => { }));
        Assert.DoesNotContain("`rows`", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithBothMethodsOnlyTheLogitsThatDoNotFitAreLeftOut()
    {
        SimilaritySettings both = Small with { Rows = 64, Keys = [32, 65_536], Repetitions = 1 };
        long streaming = SimilarityNeed.Of(both.Shape(65_536), SimilarityMethod.Streaming, 0, 2).Total, materialised = SimilarityNeed.Of(both.Shape(65_536), SimilarityMethod.Materialised, 0, 2).Total;
        Assert.True(streaming < materialised);
        List<string> lines = [];
        SimilarityReport report = SimilarityStudy.Run(both with { SpillBytes = 0 }, () => new CpuOps(2), (streaming + materialised) / 2, lines.Add);
        Assert.True(report.IsComplete);
        Assert.Equal(3, report.Rows.Count);
        Assert.Equal((65_536, SimilarityMethod.Materialised), (report.LeftOut.Single().Keys, report.LeftOut[0].Method));
        Assert.Contains("K = 65536, materialised is left out", lines[0], StringComparison.Ordinal);
        Assert.Contains("<svg", SimilarityPlot.ToSvg(report), StringComparison.Ordinal);

        // With one K there is nothing that could be compared.
        Assert.Throws<DeviceMemoryException>(() => SimilarityStudy.Run(both with { SpillBytes = 0, Keys = [65_536] }, () => new CpuOps(2), (streaming + materialised) / 2, lines.Add));
    }

    [Fact]
    public void AnInterruptedStudyKeepsTheFinishedRows()
    {
        using CancellationTokenSource source = new();
        SimilarityReport report = SimilarityStudy.Run(Small, () => new CpuOps(2), Plenty, line =>
        {
            if (line.Contains("GFLOP/s", StringComparison.Ordinal)) source.Cancel();
        }, stop: source.Token);
        Assert.False(report.IsComplete);
        Assert.Equal(32, Assert.Single(report.Rows).Keys);
    }

    [Fact]
    public void TheReportIsJsonAndAFigure()
    {
        SimilarityReport report = SimilarityStudy.Run(Small with { Repetitions = 1 }, () => new CpuOps(2), Plenty, _ => { });
        JsonElement json = JsonDocument.Parse(JsonSerializer.Serialize(report, SimilarityJson.Default.SimilarityReport)).RootElement;
        Assert.Equal("generic", json.GetProperty("form").GetString());
        Assert.Equal("0.1", json.GetProperty("temperature").GetRawText());
        JsonElement row = json.GetProperty("rows")[1];
        Assert.Equal("materialised", row.GetProperty("method").GetString());
        Assert.Equal(4, row.GetProperty("forwardBackward").GetProperty("products").GetInt32());
        Assert.Equal("exact", row.GetProperty("error").GetProperty("columnTruth").GetString());
        SimilarityReport again = JsonSerializer.Deserialize(json.GetRawText(), SimilarityJson.Default.SimilarityReport)!;
        Assert.Equal(report.Rows, again.Rows);

        XElement svg = XDocument.Parse(SimilarityPlot.ToSvg(report)).Root!;
        XElement[] panels = [.. svg.Elements()];
        Assert.Equal("0 0 720 " + panels.Sum(panel => (double)panel.Attribute("height")!), svg.Attribute("viewBox")!.Value);
        Assert.Equal((double)panels[0].Attribute("height")!, (double)panels[1].Attribute("y")!);
        string text = string.Join('|', svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value));
        foreach (string word in new[] { "streaming", "materialised", "floor: 4 products at", "keys K", "seconds", "MB", "Loss, dq and dk: 24 queries, D = 16", "Memory beside inputs and outputs" })
            Assert.Contains(word, text, StringComparison.Ordinal);
    }

    [Fact]
    public void SettingsThatCannotBeUsedNameTheirFlag()
    {
        foreach ((SimilaritySettings settings, string flag) in new[]
        {
            (Small with { Rows = 0 }, "`rows` is 0"), (Small with { Dimension = 0 }, "`dimension` is 0"), (Small with { Keys = [] }, "`keys`"), (Small with { Keys = [0] }, "`keys` is 0"),
            (Small with { Temperature = 0 }, "`temperature` is 0"), (Small with { Temperature = float.NaN }, "`temperature` is NaN"), (Small with { Repetitions = 0 }, "`repetitions` is 0"),
            (Small with { Threads = -1 }, "`threads` is -1"), (Small with { SpillBytes = -1 }, "`spillBytes`"), (Small with { Form = SimilarityForm.NtXent, Keys = [31] }, "`keys` is 31"),
            (Small with { Form = SimilarityForm.Sigmoid }, "`method` is not streaming"), (Small with { Form = SimilarityForm.Sigmoid, Bias = 2e6f, Methods = [SimilarityMethod.Streaming] }, "`bias` is 2000000"),
            (Small with { Keys = [int.MaxValue] }, "at most 134217727 with `dimension` 16"),
        })
        {
            Assert.Contains(flag, Assert.Throws<SettingsException>(() => SimilarityStudy.Run(settings, () => new CpuOps(1), Plenty, _ => { })).Message, StringComparison.Ordinal);
        }
    }
}
