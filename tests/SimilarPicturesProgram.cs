using System.Diagnostics;
using System.Text.RegularExpressions;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests;

/// <summary>samples/SimilarPictures, started on a port of its own with a small folder of pictures, in which it has trained for a few steps.</summary>
public sealed partial class SimilarPicturesProgram : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lazy<Server> server;

    public SimilarPicturesProgram() => server = new(() =>
    {
        foreach (string kind in Kinds)
            for (int i = 0; i < OfKind; i++) folder.Write(Path.Combine("pictures", NameOf(kind, i)), Picture(kind, i));
        return new Server("--pictures", folder.PathOf("pictures"), "--epochs", "2", "--run", Run);
    });

    /// <summary>What the pictures show.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["checks", "columns", "rows"];

    /// <summary>Pictures of each kind.</summary>
    public static int OfKind => 6;

    /// <summary>Where it listens, "http://127.0.0.1:PORT/".</summary>
    public Uri Address => server.Value.Address;

    /// <summary>All that it has said.</summary>
    public string Output => server.Value.Output;

    /// <summary>Its run folder.</summary>
    public string Run => folder.PathOf("run");

    /// <summary>The folder that the pictures are in.</summary>
    public string Pictures => folder.PathOf("pictures");

    /// <summary>A file of the folder.</summary>
    public string PathOf(string kind, int number) => Path.Combine(Pictures, NameOf(kind, number));

    /// <summary>A file beside the pictures.</summary>
    public string Write(string name, byte[] bytes) => folder.Write(name, bytes);

    /// <summary>A picture's name.</summary>
    public static string NameOf(string kind, int number) => $"{kind}-{number}.png";

    public void Dispose()
    {
        if (server.IsValueCreated) server.Value.Dispose();
        folder.Dispose();
    }

    // Dark lines or checks on a light ground. Two of a kind follow each other that differ in brightness alone, and hardly in that.
    private static byte[] Picture(string kind, int number)
    {
        const int Side = 48, Width = 6;
        using Image<Rgb24> image = new(Side, Side);
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                int shift = number / 2 * 2, row = (y + shift) / Width, column = (x + shift) / Width;
                bool isLight = kind switch { "rows" => row % 2 == 0, "columns" => column % 2 == 0, _ => (row + column) % 2 == 0 };
                byte grey = (byte)(isLight ? 200 + (number % 2) : 60);
                image[x, y] = new Rgb24(grey, grey, grey);
            }
        }

        using MemoryStream stream = new();
        image.SaveAsPng(stream);
        return stream.ToArray();
    }

    /// <summary>The program while it runs.</summary>
    internal sealed partial class Server : IDisposable
    {
        private readonly Process process;
        private readonly List<string> lines = [];

        public Server(params string[] arguments)
        {
            ProcessStartInfo start = new("dotnet", [SampleProgram.PathOf("SimilarPictures"), .. arguments, "--urls", "http://127.0.0.1:0"])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            process = Process.Start(start)!;
            TaskCompletionSource listens = new();
            process.ErrorDataReceived += (_, line) => Add(line.Data);
            process.OutputDataReceived += (_, line) =>
            {
                Add(line.Data);
                if (line.Data is null || Opens().IsMatch(line.Data)) listens.TrySetResult(); // null: it has ended
            };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (!listens.Task.Wait(TimeSpan.FromMinutes(2)) || !Opens().IsMatch(Output))
            {
                Dispose();
                Assert.Fail($"The sample does not listen:\n{Output}");
            }

            Address = new Uri(Opens().Match(Output).Groups[1].Value);
        }

        public Uri Address { get; }

        public string Output
        {
            get { lock (lines) return string.Join('\n', lines); }
        }

        public void Dispose()
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        private void Add(string? line)
        {
            lock (lines) lines.Add(line ?? "");
        }

        [GeneratedRegex(@"^open (\S+) in a browser", RegexOptions.Multiline)]
        private static partial Regex Opens();
    }
}
