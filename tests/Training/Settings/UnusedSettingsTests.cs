using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Settings;

/// <summary>A setting that changes nothing beside the others is named, and one that is not named changes the weights.</summary>
public class UnusedSettingsTests
{
    /// <summary>Settings with others, as the file has them: the first of each is looked at.</summary>
    public static TheoryData<string, bool> Settings => new()
    {
        { """{"hardness":3}""", true }, { """{"hardness":3,"loss":"debiased"}""", true }, { """{"hardness":3,"loss":"hard"}""", false },
        { """{"positivePrior":0.3}""", true }, { """{"positivePrior":0.3,"loss":"hard"}""", false }, { """{"positivePrior":0.3,"loss":"debiased"}""", false },
        { """{"sigmoidBias":2}""", true }, { """{"sigmoidBias":2,"loss":"sigmoid"}""", false },
        { """{"temperature":0.2,"loss":"cross-entropy","embeddingDimension":10}""", true }, { """{"temperature":0.2,"loss":"supcon"}""", false },
        { """{"keyMomentum":0.5}""", true }, { """{"keyMomentum":0.5,"queue":32}""", false },
        { """{"momentum":0.5,"optimizer":"adamw"}""", true }, { """{"momentum":0.5,"optimizer":"sgd"}""", false },
        { """{"trust":0.1,"optimizer":"sgd"}""", true }, { """{"trust":0.1,"optimizer":"adamw"}""", true }, { """{"trust":0.1}""", false },
        { """{"stem":"imagenet"}""", true },
        { """{"maskRatio":0.4}""", true }, { """{"textAugmentation":"replace"}""", true }, { """{"jpegDecoder":"imagesharp"}""", true },
        { """{"jitterStrength":0.1}""", false }, { """{"minimumCrop":0.5}""", false }, { """{"pixelMean":"0.5"}""", false }, { """{"weightDecay":0.1}""", false },
    };

    [Theory, MemberData(nameof(Settings))]
    public void WhatIsNamedChangesNoWeight(string json, bool isUnused)
    {
        JsonObject all = JsonNode.Parse(json)!.AsObject();
        string key = all.First().Key;
        TrainingSettings given = Of(all);
        all.Remove(key);
        TrainingSettings without = Of(all);
        Assert.Equal(isUnused ? [key] : [], UnusedSettings.Of(given).Select(sentence => sentence.Split('`')[1]));
        Assert.Empty(UnusedSettings.Of(without));
        Assert.Equal(isUnused, Weights(without).SequenceEqual(Weights(given)));
    }

    [Fact]
    public void TextsHaveNoPixels()
    {
        TrainingSettings given = Of(JsonNode.Parse("""{"imageSize":32,"jitterStrength":0.1,"maskRatio":0.4,"neighbours":"near.tsv"}""")!.AsObject(), "ag-news");
        Assert.Equal(["imageSize", "jitterStrength", "neighbours"], UnusedSettings.Of(given).Select(sentence => sentence.Split('`')[1]));
    }

    private static TrainingSettings Of(JsonObject given, string kind = "shapes")
    {
        JsonObject json = FlatSettings.Of(new TrainingSettings());
        (json["embeddingDimension"], json["batchSize"], json["epochs"]) = (8, 8, 1);
        if (kind == "shapes") json["imageSize"] = 16;
        foreach ((string key, JsonNode? value) in given) json[key] = value?.DeepClone();
        return JsonSerializer.Deserialize(json, SettingsJson.Default.TrainingSettings)!.Resolve(kind);
    }

    /// <summary>The numbers of a trained model, without the header of their file, which names settings.</summary>
    private static byte[] Weights(TrainingSettings settings)
    {
        using TinyRun tiny = new();
        byte[] file = TinyRun.Bytes(tiny.Train("run", settings: settings), "model.safetensors");
        return file[(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file))..];
    }
}
