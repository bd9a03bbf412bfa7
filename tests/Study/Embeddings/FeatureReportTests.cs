using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Study.Embeddings;

/// <summary>What a refusal says of a folder of other features: the one thing that differs, in both values.</summary>
public class FeatureReportTests
{
    private static readonly string Hash = new('a', 64), OtherHash = new('b', 64);

    private static readonly PixelInput Pixels = new(224, "rgb", 1, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], "nchw");

    private static readonly ForeignNetwork Network = new("model.onnx", "pytorch 2.4", "features", Pixels, 8, 2, "all images") { JitterStrength = 0.5, MinimumCrop = 0.08 };

    private static readonly FeatureReport Report = new(1, "model.onnx", 0, Hash, "photos train", $"folder train count 9 sha256 {Hash}", "", 9, 0, ["a", "b"], 7, false, []) { Network = Network };

    [Theory]
    [InlineData("weights", "other weights: model.onnx (sha256 aaaaaaaaaaaa), not next.onnx (sha256 bbbbbbbbbbbb)")]
    [InlineData("images", "other training samples: folder train count 9 sha256 aaaaaaaaaaaa, not folder train count 9 sha256 bbbbbbbbbbbb")]
    [InlineData("output", "another `onnxOutput`: features, not rows")]
    [InlineData("size", "another `size`: 224, not 64")]
    [InlineData("mean", "another `pixelMean`: 0.485,0.456,0.406, not 0,0,0")]
    [InlineData("batch", "another `batchSize`: 8, not 16")]
    [InlineData("choice", "other images: all images, not 5 training images and all test images, drawn with seed 7")]
    [InlineData("views", "another number of `views`: 2, not 3")]
    [InlineData("seed", "views of another `seed`: 7, not 8")]
    [InlineData("name", null)]
    [InlineData("nothing", null)]
    public void TheFirstDifferenceIsSaid(string what, string? expected)
    {
        FeatureReport other = what switch
        {
            "weights" => Report with { Checkpoint = "next.onnx", CheckpointFingerprint = OtherHash },
            "images" => Report with { TrainFingerprint = $"folder train count 9 sha256 {OtherHash}" },
            "output" => Report with { Network = Network with { Output = "rows" } },
            "size" => Report with { Network = Network with { Pixels = Pixels with { Size = 64 } } },
            "mean" => Report with { Network = Network with { Pixels = Pixels with { Mean = [0, 0, 0] } } },
            "batch" => Report with { Network = Network with { BatchSize = 16 } },
            "choice" => Report with { Network = Network with { Choice = new EmbedSettings { Limit = 5 }.Choice } },
            "views" => Report with { Network = Network with { Views = 3 } },
            "seed" => Report with { Seed = 8 },
            "name" => Report with { Checkpoint = "renamed.onnx" },
            _ => Report,
        };
        Assert.Equal(expected, Report.DifferenceTo(other));
    }

    /// <summary>The words of a choice are kept in the folder and compared: they never change.</summary>
    [Fact]
    public void TheWordsOfAChoiceAreThoseOfFilesThatAreThere()
    {
        Assert.Equal("all images", new EmbedSettings().Choice);
        Assert.Equal("1 training image and all test images, drawn with seed 7", new EmbedSettings { Limit = 1 }.Choice);
        Assert.Equal("5000 training images and 2000 test images, the first", new EmbedSettings { Limit = 5000, TestLimit = 2000, TakesFirst = true }.Choice);
    }
}
