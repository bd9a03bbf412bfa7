using System.Net;
using System.Text.Json;

namespace NegSamples.Tests;

/// <summary>samples/SimilarPictures: what its server answers, and what a browser shows of it.</summary>
public sealed partial class SimilarPicturesTests(SimilarPicturesProgram program) : IClassFixture<SimilarPicturesProgram>
{
    private static readonly int Count = SimilarPicturesProgram.Kinds.Count * SimilarPicturesProgram.OfKind;

    [Fact, Trait(SamplesTests.Sample, "SimilarPictures")]
    public async Task APictureOfTheFolderIsTheNearestToItselfAndItsLikenessComesNext()
    {
        using HttpClient client = new() { BaseAddress = program.Address };
        foreach (string kind in SimilarPicturesProgram.Kinds)
        {
            using ByteArrayContent file = new(await File.ReadAllBytesAsync(program.PathOf(kind, 2)));
            using HttpResponseMessage response = await client.PostAsync("similar", file);
            JsonElement[] matches = await Matches(response);
            Assert.Equal(12, matches.Length);
            Assert.Equal(SimilarPicturesProgram.NameOf(kind, 2), Name(matches[0]));
            Assert.Equal(1, Cosine(matches[0]), 1e-5);
            Assert.Equal(matches.Select(Cosine).OrderDescending(), matches.Select(Cosine));
            Assert.Equal(SimilarPicturesProgram.NameOf(kind, 3), Name(matches[1]));

            // By its place in the folder it finds the same.
            using HttpResponseMessage byIndex = await client.GetAsync($"similar/{matches[0].GetProperty("index").GetInt32()}");
            Assert.Equal(matches.Select(Name), (await Matches(byIndex)).Select(Name));
        }
    }

    [Fact]
    public async Task WhatIsNoPictureOrTooLargeIsRefusedWithASentence()
    {
        using HttpClient client = new() { BaseAddress = program.Address };
        (HttpStatusCode status, string error) = await Refusal(client, "no picture"u8.ToArray());
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "The file is not a PNG, JPEG, BMP or WebP image."), (status, error));
        (status, error) = await Refusal(client, []);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, status);
        Assert.Contains("empty", error, StringComparison.Ordinal);
        byte[] whole = await File.ReadAllBytesAsync(program.PathOf("rows", 0));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Refusal(client, whole[..(whole.Length / 2)])).Status);
        (status, error) = await Refusal(client, new byte[(10 << 20) + 1]);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "The file has more than 10 MB."), (status, error));
    }

    [Fact]
    public async Task PicturesAreServedByTheirPlaceAndNoOtherFileIs()
    {
        using HttpClient client = new() { BaseAddress = program.Address };
        using JsonDocument about = JsonDocument.Parse(await client.GetStringAsync("pictures"));
        Assert.Equal(Count, about.RootElement.GetProperty("count").GetInt32());
        Assert.Equal(Count, about.RootElement.GetProperty("shown").GetArrayLength());
        using HttpResponseMessage picture = await client.GetAsync($"pictures/{Count - 1}");
        Assert.Equal((HttpStatusCode.OK, "image/png"), (picture.StatusCode, picture.Content.Headers.ContentType?.MediaType));
        foreach (string path in new[] { $"pictures/{Count}", "pictures/-1", "pictures/rows-0.png", "pictures/..%2Fappsettings.json", "appsettings.json", "similar/99999999999", $"similar/{Count}", "..%2f..%2fetc%2fpasswd" })
        {
            using HttpResponseMessage response = await client.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.NotFound), (path, response.StatusCode));
        }
    }

    [Fact]
    public async Task ThePageAllowsNoScriptsButItsOwnAndAnswersToNoOtherName()
    {
        using HttpClient client = new() { BaseAddress = program.Address };
        using HttpResponseMessage page = await client.GetAsync("");
        string policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Contains("<title>Similar pictures</title>", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        // A page of another site whose name leads here must not read the pictures.
        using HttpRequestMessage foreign = new(HttpMethod.Get, "pictures") { Headers = { Host = "example.org" } };
        using HttpResponseMessage refused = await client.SendAsync(foreign);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public void AnEncoderThatIsTrainedIsNotTrainedAgain()
    {
        Assert.Contains("epoch 2 of 2", program.Output, StringComparison.Ordinal);
        using SimilarPicturesProgram.Server again = new("--pictures", program.Pictures, "--run", program.Run);
        Assert.DoesNotContain("epoch", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatItCannotReadEndsItWithASentence()
    {
        (int code, string output) = ChildProcess.RunToAnyEnd("dotnet", SourceTree.OrSkip(), SampleProgram.PathOf("SimilarPictures"), "--pictures", program.Write("note.txt", "no folder"u8.ToArray()));
        Assert.Equal(1, code);
        Assert.Contains("note.txt is neither", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static async Task<JsonElement[]> Matches(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. JsonDocument.Parse(text).RootElement.EnumerateArray()];
    }

    private static async Task<(HttpStatusCode Status, string Error)> Refusal(HttpClient client, byte[] bytes)
    {
        // The server may refuse before it has read all, which a client that still sends would take for a fault of the connection.
        using HttpRequestMessage request = new(HttpMethod.Post, "similar") { Content = new ByteArrayContent(bytes), Headers = { ExpectContinue = true } };
        using HttpResponseMessage response = await client.SendAsync(request);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, answer.RootElement.GetProperty("error").GetString()!);
    }

    private static string Name(JsonElement match) => match.GetProperty("name").GetString()!;

    private static double Cosine(JsonElement match) => match.GetProperty("cosine").GetDouble();
}
