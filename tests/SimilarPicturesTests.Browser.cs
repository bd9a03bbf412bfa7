using PuppeteerSharp;

namespace NegSamples.Tests;

public sealed partial class SimilarPicturesTests
{
    private static readonly string? Chromium = new[] { "chromium", "chromium-browser", "google-chrome", "google-chrome-stable" }
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    [Fact]
    public async Task ABrowserShowsThePicturesThatAreNearest()
    {
        Assert.SkipWhen(Chromium is null, "No Chromium or Chrome is on the path.");
        Uri address = program.Address;
        using TemporaryFolder profile = new();
        await using IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions { ExecutablePath = Chromium, Args = ["--no-sandbox"], UserDataDir = profile.Root });
        await using IPage page = await browser.NewPageAsync();
        List<string> faults = [];
        page.Console += (_, said) =>
        {
            lock (faults) if (said.Message.Type is ConsoleType.Error or ConsoleType.Warning) faults.Add(said.Message.Text);
        };
        page.PageError += (_, fault) =>
        {
            lock (faults) faults.Add(fault.Message);
        };
        await page.GoToAsync(address.AbsoluteUri, WaitUntilNavigation.Networkidle0);
        Assert.Equal(Count, (await Names(page, "#shown")).Length);

        // A picture of the folder by the file input, then another one of those that are shown.
        await Upload(page, program.PathOf("columns", 3));
        await ShowsNearestOf(page, "columns-3.png");
        await page.ClickAsync("#shown li:last-child button");
        await ShowsNearestOf(page, "rows-5.png");
        Assert.Empty(faults);

        // A file that is no picture: a sentence, and what was found before is gone. Browsers write every refusal of a server on their console.
        await Upload(page, program.Write("note.txt", "no picture"u8.ToArray()));
        await page.WaitForFunctionAsync("() => !document.getElementById('error').hidden");
        Assert.Equal("The file is not a PNG, JPEG, BMP or WebP image.", await Text(page, "#error"));
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.getElementById('results').hidden"));
        Assert.All(faults, fault => Assert.Contains("415", fault, StringComparison.Ordinal));

        // One that is too large is not sent.
        await Upload(page, program.Write("large.png", new byte[(10 << 20) + 1]));
        await page.WaitForFunctionAsync("() => document.getElementById('error').textContent.includes('at most 10 MB')");
        await Upload(page, program.PathOf("checks", 0));
        await ShowsNearestOf(page, "checks-0.png");
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.getElementById('error').hidden"));
        Assert.InRange(faults.Count, 0, 1);
    }

    private static async Task ShowsNearestOf(IPage page, string name)
    {
        await page.WaitForFunctionAsync("name => document.getElementById('query-name').textContent === name && !document.getElementById('results').hidden", name);
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('#results img')].every(image => image.complete && image.naturalWidth > 0)");
        string[] names = await Names(page, "#matches");
        Assert.Equal((12, name, "1.000"), (names.Length, names[0], await Text(page, "#matches .cosine")));
    }

    private static async Task Upload(IPage page, string path)
    {
        await using IElementHandle input = await page.QuerySelectorAsync("#file");
        await input.UploadFileAsync(path);
    }

    private static Task<string[]> Names(IPage page, string list) =>
        page.EvaluateFunctionAsync<string[]>("list => [...document.querySelectorAll(`${list} button span:last-child`)].map(name => name.textContent)", list);

    private static Task<string> Text(IPage page, string selector) => page.EvaluateFunctionAsync<string>("selector => document.querySelector(selector).textContent", selector);
}
