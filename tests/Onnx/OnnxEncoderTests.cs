using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Onnx;
using NegSamples.Tests.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;
using Value = NegSamples.Tests.Onnx.OnnxModelFile.Value;

namespace NegSamples.Tests.Onnx;

public class OnnxEncoderTests
{
    private static readonly Value Pictures = new("x", OnnxModelFile.Float32, "n", 3, 4, 4), Rows = new("y", OnnxModelFile.Float32, "n", 48);
    private static readonly OnnxNode Flatten = new("Flatten", ["x"], "y", OnnxNode.Whole("axis", 1));

    [Fact]
    public void PixelsAreGivenAsTheNetworkWantsThem()
    {
        using TemporaryFolder folder = new();
        string first = OnnxModelFile.Write(folder.PathOf("first.onnx"), [Pictures], [Rows], [Flatten]);
        string last = OnnxModelFile.Write(folder.PathOf("last.onnx"), [Pictures with { Axes = ["n", 4, 4, 3] }], [Rows], [Flatten]);
        PixelsAsked asked = new() { Channels = PixelInput.Bgr, Scale = 255, Mean = [10, 20, 30], Deviation = [2, 4, 8] };
        foreach ((string path, PixelsAsked pixels, bool isFirst, bool isBgr) in new[]
            { (first, new PixelsAsked(), true, false), (first, asked, true, true), (last, new PixelsAsked { Layout = PixelInput.ChannelsLast }, false, false), (last, asked, false, true) })
        {
            using OnnxEncoder encoder = OnnxEncoder.Open(path, new OnnxRequest { Pixels = pixels });
            Assert.Equal((4, 48), (encoder.Side, encoder.FeatureDimension));
            Assert.Equal(PixelRange.Of(pixels.Scale ?? 1, [.. pixels.Mean ?? [0, 0, 0]], [.. pixels.Deviation ?? [1, 1, 1]]), encoder.Range);
            Assert.Equal(pixels != asked, encoder.Notes.Count > 0);
            float[] rows = Embed(encoder, 3, out float[] views);
            for (int at = 0; at < rows.Length; at++)
            {
                int image = at / 48, i = at % 48, pixel = isFirst ? i % 16 : i / 3, place = isFirst ? i / 16 : i % 3;
                Assert.Equal(views[(((image * 16) + pixel) * 3) + (isBgr ? 2 - place : place)], rows[at]);
            }
        }
    }

    [Fact]
    public void WhatAFileSaysOfItsPixelsIsTakenAndFlagsGoBefore()
    {
        using TemporaryFolder folder = new();
        PixelInput said = new(4, PixelInput.Bgr, 255, [1, 2, 3], [4, 5, 6], PixelInput.ChannelsFirst);
        Value any = Pictures with { Axes = ["n", 3, "h", "w"] };
        string path = OnnxModelFile.Write(folder.PathOf("said.onnx"), [any], [Rows], [Flatten], ("preprocessing", OnnxAbout.Text(said)));
        using (OnnxEncoder encoder = OnnxEncoder.Open(path, new OnnxRequest())) Assert.Equal((said.ToString(), 0), (encoder.Pixels.ToString(), encoder.Notes.Count));
        using (OnnxEncoder encoder = OnnxEncoder.Open(path, new OnnxRequest { Pixels = new() { Size = 5, Scale = 1 } }))
            Assert.Equal("5 x 5 pixels, bgr, nchw, 0 to 1, minus 1,2,3, divided by 4,5,6", encoder.Pixels.ToString());
        foreach (string other in new[] { "resize then crop", "{}", """{"size":4,"channels":"grey","scale":1,"mean":[0,0,0],"deviation":[1,1,1],"layout":"nchw"}""" })
        {
            OnnxModelFile.Write(path, [any], [Rows], [Flatten], ("preprocessing", other));
            Assert.Contains("does not say which it was trained with; give `size`", Assert.Throws<SettingsException>(() => OnnxEncoder.Open(path, new())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ANetworkOfAFixedNumberOfImagesIsGivenAsMany()
    {
        using TemporaryFolder folder = new();
        string path = OnnxModelFile.Write(folder.PathOf("four.onnx"), [Pictures with { Axes = [4, 3, 4, 4] }], [Rows with { Axes = [4, 48] }], [Flatten]);
        using OnnxEncoder encoder = OnnxEncoder.Open(path, new() { Threads = 2 });
        Assert.Equal(4, encoder.Batch);
        float[] rows = Embed(encoder, 10, out float[] views);
        Assert.Equal(views.Order(), rows.Order());
        Assert.Contains("takes 4 images at a time", Assert.Throws<SettingsException>(() => OnnxEncoder.Open(path, new() { Batch = 2 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThreadsChangeNoNumber()
    {
        using TemporaryFolder folder = new();
        using ModelRig rig = TestNetwork.Of("ResNet-18, half as wide").Open();
        string path = folder.PathOf("model.onnx");
        OnnxExport.Write(path, rig.Model, head: true, folds: false, new Dictionary<string, string>());
        float[][] rows = [.. new[] { 1, 2, 5 }.Select(threads =>
        {
            using OnnxEncoder encoder = OnnxEncoder.Open(path, new() { Threads = threads, Batch = 3 });
            return Embed(encoder, 20, out _);
        })];
        Assert.Equal(rows[0], rows[1]);
        Assert.Equal(rows[0], rows[2]);
    }

    private static readonly Dictionary<string, (Func<string, string> Write, string Words)> Bad = new()
    {
        ["missing"] = (path => path, "does not exist; expected an ONNX file"),
        ["text"] = (path => { File.WriteAllText(path, "no model"); return path; }, "is no ONNX model that ONNX Runtime 1.32.0 can open"),
        ["empty"] = (path => { File.WriteAllBytes(path, []); return path; }, "is no ONNX model that ONNX Runtime 1.32.0 can open"),
        ["cut"] = (path => { OnnxModelFile.Write(path, [Pictures], [Rows], [Flatten]); File.WriteAllBytes(path, File.ReadAllBytes(path)[..^20]); return path; }, "is no ONNX model"),
        ["unknown operation"] = (path => OnnxModelFile.Write(path, [Pictures], [Rows], [Flatten with { Operation = "Flatter" }]), "is no ONNX model"),
        ["two inputs"] = (path => OnnxModelFile.Write(path, [Pictures, Pictures with { Name = "mask" }], [Rows],
            [new("Add", ["x", "mask"], "sum"), Flatten with { Inputs = ["sum"] }]), "has 2 inputs (x Float[n, 3, 4, 4], mask Float[n, 3, 4, 4]); expected one input of pictures"),
        ["no input"] = (path => OnnxModelFile.Write(path, [], [Rows with { Axes = [2] }], [new("Constant", [], "y", OnnxNode.Wholes("value_ints", 1, 2))], []), "has no input; expected one input"),
        ["whole numbers"] = (path => OnnxModelFile.Write(path, [Pictures with { Type = OnnxModelFile.Int64 }], [Rows with { Type = OnnxModelFile.Int64 }], [Flatten]), "its input x is Int64[n, 3, 4, 4]"),
        ["tokens"] = (path => OnnxModelFile.Write(path, [Pictures with { Axes = ["n", 48] }], [Rows], [Flatten]), "its input x is Float[n, 48]; expected one input of pictures"),
        ["four colours"] = (path => OnnxModelFile.Write(path, [Pictures with { Axes = ["n", 4, 4, 4] }], [Rows with { Axes = ["n", 64] }], [Flatten]), "its input x is Float[n, 4, 4, 4]"),
        ["no square"] = (path => OnnxModelFile.Write(path, [Pictures with { Axes = ["n", 3, 4, 8] }], [Rows with { Axes = ["n", 96] }], [Flatten]), "its input x is Float[n, 3, 4, 8]"),
        ["maps"] = (path => OnnxModelFile.Write(path, [Pictures], [Rows with { Axes = ["n", 3, 4, 4] }], [new("Relu", ["x"], "y")]),
            "its output y is Float[1, 3, 4, 4] for 1 image; expected a row of float32 for each, [1, D]"),
        ["fails"] = (path => OnnxModelFile.Write(path, [Pictures], [Rows with { Axes = ["m", "d"] }], [Flatten with { Output = "f" }, new("MatMul", ["f", "f"], "y")]),
            "cannot be run on [1, 3, 4, 4]"),
    };

    public static TheoryData<string> Faults => new(Bad.Keys);

    [Theory]
    [MemberData(nameof(Faults))]
    public void ABadFileIsRefusedInWords(string name)
    {
        using TemporaryFolder folder = new();
        string path = Bad[name].Write(folder.PathOf("model.onnx"));
        BadDataException fault = Assert.Throws<BadDataException>(() => OnnxEncoder.Open(path, new OnnxRequest()));
        Assert.StartsWith(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(Bad[name].Words, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsAskedMustFit()
    {
        using TemporaryFolder folder = new();
        string path = OnnxModelFile.Write(folder.PathOf("two.onnx"), [Pictures], [Rows, Rows with { Name = "z" }], [Flatten, new("Relu", ["y"], "z")]);
        Assert.Equal($"{path} has 2 outputs, y, z; choose one with `onnxOutput`.", Fault(new()));
        Assert.Equal($"`onnxOutput` is w; {path} has y, z.", Fault(new() { Output = "w" }));
        OnnxRequest z = new() { Output = "z" };
        using (OnnxEncoder encoder = OnnxEncoder.Open(path, z)) Assert.Equal("z", encoder.Output);
        Assert.Contains("`size` is 5; ", Fault(z with { Pixels = new() { Size = 5 } }), StringComparison.Ordinal);
        Assert.Contains("`layout` is nhwc; the input x of ", Fault(z with { Pixels = new() { Layout = PixelInput.ChannelsLast } }), StringComparison.Ordinal);
        Assert.Contains("`pixelScale` is 0; expected a number above 0", Fault(z with { Pixels = new() { Scale = 0 } }), StringComparison.Ordinal);
        Assert.Contains("`pixelMean` is 1,2; expected three numbers", Fault(z with { Pixels = new() { Mean = [1, 2] } }), StringComparison.Ordinal);
        Assert.Contains("`pixelDeviation` is 1,0,1; expected three numbers above 0", Fault(z with { Pixels = new() { Deviation = [1, 0, 1] } }), StringComparison.Ordinal);
        Assert.Contains("`batchSize` is 0; expected at least 1", Fault(z with { Batch = 0 }), StringComparison.Ordinal);

        string Fault(OnnxRequest request) => Assert.Throws<SettingsException>(() => OnnxEncoder.Open(path, request)).Message;
    }

    private static float[] Embed(OnnxEncoder encoder, int images, out float[] given)
    {
        using CpuOps ops = new(1);
        int numbers = images * encoder.Side * encoder.Side * 3;
        using Arena arena = ops.CreateArena("views", (4L * numbers) + 4096);
        Tensor views = arena.Take(images, encoder.Side, encoder.Side, 3);
        Random random = new(2);
        foreach (ref float value in views.Floats) value = random.NextSingle();
        given = views.Floats.ToArray();
        encoder.Prepare(images);
        float[] rows = new float[images * encoder.FeatureDimension];
        encoder.Embed(views, rows, [], []);
        return rows;
    }
}
