using System.Text.Json.Serialization;
using NegSamples.Training.Encoders;
using NegSamples.Training.Layers;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>A network that turns an image into features, by its name: those that are here, and those that a program registers.</summary>
/// <remarks>A run's settings hold the name. Whoever opens the run, to go on or to measure it, makes the network by it, so a program registers its encoders
/// before it opens their runs. There is one instance for a name.</remarks>
[JsonConverter(typeof(EncoderKindJson))]
public sealed class EncoderKind
{
    private static readonly List<EncoderKind> All = [];

    private readonly string text;

    private EncoderKind(string name, string text, Func<Blueprint, ModelSettings, Encoder> declare) => (Name, this.text, Declare) = (name, text, declare);

    /// <summary>Four convolutions with max pools between, 256 features: for runs of minutes on a CPU.</summary>
    public static EncoderKind ConvNet { get; } = Add(
        "convnet", nameof(ConvNet), (blueprint, settings) => new ConvNet(blueprint, settings.Image, [32, 64, 128, 256]));

    /// <summary>18 layers, 512 features.</summary>
    public static EncoderKind ResNet18 { get; } = Residual("resnet18", nameof(ResNet18), bottleneck: false, [2, 2, 2, 2]);

    /// <summary>34 layers, 512 features.</summary>
    public static EncoderKind ResNet34 { get; } = Residual("resnet34", nameof(ResNet34), bottleneck: false, [3, 4, 6, 3]);

    /// <summary>50 layers in bottleneck blocks, 2048 features.</summary>
    public static EncoderKind ResNet50 { get; } = Residual("resnet50", nameof(ResNet50), bottleneck: true, [3, 4, 6, 3]);

    /// <summary>The mean of the vectors of a text's words, 50 features: the only encoder of texts.</summary>
    public static EncoderKind EmbeddingBag { get; } = Add(
        "embedding-bag", nameof(EmbeddingBag), (blueprint, settings) => new EmbeddingBag(blueprint, settings.Words));

    /// <summary>Those that come with the library, which the flags of the program name.</summary>
    public static IReadOnlyList<EncoderKind> BuiltIn { get; } = [ConvNet, ResNet18, ResNet34, ResNet50, EmbeddingBag];

    /// <summary>What settings and runs call it.</summary>
    public string Name { get; }

    /// <summary>Declares the network of these settings.</summary>
    internal Func<Blueprint, ModelSettings, Encoder> Declare { get; }

    /// <summary>Gives an encoder of this program a name, under which it is trained, saved and opened like those that are here.</summary>
    /// <param name="name">Lower-case letters, digits and hyphens, as "patch-net".</param>
    /// <param name="declare">Makes the encoder of these settings; <see cref="ModelSettings.Image"/> is what it sees. An image that is too small for it is an
    /// <see cref="ArgumentException"/>.</param>
    /// <returns>What <see cref="EncoderSettings.Kind"/> takes.</returns>
    /// <exception cref="ArgumentException">The name is no such name, or another encoder has it.</exception>
    public static EncoderKind Register(string name, Func<Blueprint, ModelSettings, Encoder> declare)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(declare);
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'))
            throw new ArgumentException($"The name is '{name}'; expected lower-case letters, digits and hyphens.", nameof(name));
        return Add(name, name, declare);
    }

    /// <summary>The encoder of a name; null where this program has none.</summary>
    /// <param name="name">The name.</param>
    public static EncoderKind? Find(string name)
    {
        lock (All) return All.Find(kind => kind.Name == name);
    }

    /// <summary>What tables and messages call it.</summary>
    public override string ToString() => text;

    /// <summary>That a name is none of a program's encoders, as the rest of a sentence.</summary>
    internal static string Unknown(string? name)
    {
        lock (All)
            return $"{name ?? "null"}, which this program does not have: it has {string.Join(", ", All.Select(kind => kind.Name))}. The program that declares it registers it by EncoderKind.Register";
    }

    private static EncoderKind Residual(string name, string text, bool bottleneck, int[] blocks) => Add(
        name, text, (blueprint, settings) => new ResNet(blueprint, settings.Image, settings.Stem, bottleneck, blocks, width: 64, text));

    private static EncoderKind Add(string name, string text, Func<Blueprint, ModelSettings, Encoder> declare)
    {
        lock (All)
        {
            if (All.Find(kind => kind.Name == name) is { } there)
                return there.Declare.Method == declare.Method && Equals(there.Declare.Target, declare.Target) ? there
                    : throw new ArgumentException($"The encoder {name} is registered already; expected another name for another encoder.", nameof(name));
            EncoderKind kind = new(name, text, declare);
            All.Add(kind);
            return kind;
        }
    }
}
