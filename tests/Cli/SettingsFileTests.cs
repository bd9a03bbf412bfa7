using System.Text.Json.Nodes;
using NegSamples.Cli;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>What a file of settings is refused for is one line of what it holds and what was expected, whatever it holds.</summary>
public class SettingsFileTests
{
    [Theory]
    [InlineData("""{ "steps": 1.5 }""", "'steps' is 1.5; expected a whole number of at most 2147483647 in digits alone.")]
    [InlineData("""{ "batchSize": "16" }""", "'batchSize' is \"16\"; expected a whole number of at most 2147483647 in digits alone.")]
    [InlineData("""{ "seed": -1 }""", "'seed' is -1; expected a whole number of 0 to 18446744073709551615 in digits alone.")]
    [InlineData("""{ "temperature": [1, 2] }""", "'temperature' is [1,2]; expected a number without quotes.")]
    [InlineData("""{ "tensorboard": 1 }""", "'tensorboard' is 1; expected true or false.")]
    [InlineData("""{ "data": null }""", "'data' is null; expected a text in quotes.")]
    [InlineData("""{ "optimizer": "SGD" }""", "'optimizer' is \"SGD\"; expected one of larc, sgd, adamw.")]
    [InlineData("""{ "optimizer": "99" }""", "'optimizer' is \"99\"; expected one of larc, sgd, adamw.")]
    [InlineData("""{ "rateScaling": "-7" }""", "'rateScaling' is \"-7\"; expected one of linear, sqrt, none.")]
    [InlineData("""{ "a\nb": 1 }""", """has the unknown key 'a\nb'. negsamples init --stdout prints those that there are.""")]
    [InlineData("""{ "temprature": 1 }""", "has the unknown key 'temprature'. Did you mean 'temperature'?")]
    public void OneLineSaysWhatItHoldsAndWhatWasExpected(string json, string expected)
    {
        string message = MessageOf(json);
        Assert.EndsWith(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    /// <summary>A key as long as a file was compared with all others letter by letter, for minutes, and came back whole.</summary>
    [Theory]
    [InlineData("{ \"LONG\": 1 }", "has the unknown key 'SHORT...'. negsamples init")]
    [InlineData("{ \"steps\": \"LONG\" }", "'steps' is \"SHORT...; expected a whole number")]
    public void WhatIsLongIsCut(string json, string expected)
    {
        string message = MessageOf(json.Replace("LONG", new string('k', 2_000_000), StringComparison.Ordinal));
        int shown = expected.Contains("\"SHORT", StringComparison.Ordinal) ? 99 : 100;
        Assert.Contains(expected.Replace("SHORT", new string('k', shown), StringComparison.Ordinal), message, StringComparison.Ordinal);
    }

    /// <summary>Every setting has words of its own for what it takes.</summary>
    [Fact]
    public void EverySettingSaysWhatItTakes()
    {
        Assert.All(FlatSettings.Names, name => Assert.DoesNotContain("init", SettingOptions.Taken(name), StringComparison.Ordinal));
        Assert.Equal("one of nt-xent, single-view, decoupled, debiased, hard, supcon, sigmoid, cross-entropy", SettingOptions.Taken("loss"));
    }

    private static string MessageOf(string json)
    {
        using TemporaryFolder folder = new();
        string path = folder.PathOf("settings.json");
        File.WriteAllText(path, json);
        return Assert.Throws<SettingsException>(() => SettingsFile.Read(path, new JsonObject(), new HashSet<string>())).Message;
    }
}
