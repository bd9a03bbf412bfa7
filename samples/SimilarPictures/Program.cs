// Similar pictures: learns an encoder from pictures without labels, and serves a page that finds the nearest ones to any picture.
//
//   dotnet run -c Release --project samples/SimilarPictures
//   dotnet run -c Release --project samples/SimilarPictures -- --pictures FOLDER [--epochs N] [--run FOLDER] [--urls http://127.0.0.1:5080]
using System.Runtime.InteropServices;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Samples.SimilarPictures;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

const int MostBytes = 10 << 20, Shown = 24, MostUnreadable = 1000;
WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = MostBytes);
string? kept = builder.Configuration["run"];
string run = kept ?? Directory.CreateTempSubdirectory("similar-pictures-").FullName;
try
{
    using ImageData data = DataSets.Open(builder.Configuration["pictures"] ?? ShapesSet.Kind, request: new() { SkipBad = MostUnreadable });
    foreach (string warning in data.Warnings) Console.Error.WriteLine(warning);
    IImageSet pictures = data.Train;
    Console.WriteLine($"{pictures.Count:N0} pictures of {pictures.Name}");

    using CpuOps ops = new();
    using LoadedCheckpoint? encoder = Train(ops, pictures);
    if (encoder is null) return 0;
    using PictureSearch search = new(encoder.Model, pictures);
    await Serve(search, pictures);
    return 0;
}
catch (Exception fault) when (fault is BadDataException or SettingsException or DeviceMemoryException or IOException or InvalidOperationException)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}
finally
{
    if (kept is null) Directory.Delete(run, recursive: true);
}

LoadedCheckpoint? Train(Ops ops, IImageSet pictures)
{
    // Ctrl-C ends the training with a checkpoint; the server has a handler of its own.
    using CancellationTokenSource stop = new();
    using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
    {
        signal.Cancel = true;
        stop.Cancel();
    });
    return TrainedEncoder.Open(run, pictures, builder.Configuration.GetValue("epochs", 0), ops, stop.Token);
}

async Task Serve(PictureSearch search, IImageSet pictures)
{
    await using WebApplication app = builder.Build();
    app.Use((context, next) =>
    {
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return next(context);
    });
    app.UseDefaultFiles();
    app.UseStaticFiles();

    // Some pictures from all over the set, to begin with.
    int[] shown = [.. Enumerable.Range(0, pictures.Count)];
    new Random(1).Shuffle(shown);
    shown = [.. shown.Take(Shown).Order()];
    app.MapGet("/pictures", () => new { pictures.Count, MostBytes, Shown = shown.Select(index => new { index, Name = search.NameOf(index) }) });
    app.MapGet("/pictures/{index:int:min(0)}", (int index) => index < pictures.Count ? Results.Bytes(Thumbnail.Of(pictures, index), "image/png") : Results.NotFound());
    app.MapGet("/similar/{index:int:min(0)}", (int index) => index < pictures.Count ? Results.Ok(search.Find(index)) : Results.NotFound());
    app.MapPost("/similar", async (HttpRequest request) =>
    {
        try
        {
            using MemoryStream file = new();
            await request.Body.CopyToAsync(file, request.HttpContext.RequestAborted);
            return Results.Ok(search.Find(new OnePicture(file.ToArray())));
        }
        catch (BadDataException fault)
        {
            return Results.Json(new { Error = fault.Message }, statusCode: StatusCodes.Status415UnsupportedMediaType);
        }
        catch (BadHttpRequestException fault) when (fault.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Results.Json(new { Error = $"The file has more than {MostBytes >> 20} MB." }, statusCode: fault.StatusCode);
        }
    });
    await app.StartAsync();
    Console.WriteLine($"open {string.Join(' ', app.Urls)} in a browser; Ctrl-C stops");
    await app.WaitForShutdownAsync();
}
