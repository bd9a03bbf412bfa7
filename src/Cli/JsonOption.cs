using System.CommandLine;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace NegSamples.Cli;

/// <summary>The flag of every verb whose result can be read by a program.</summary>
internal static class JsonOption
{
    public const string Name = "--json";

    /// <summary>A new one for a verb.</summary>
    public static Option<bool> Create() => new(Name) { Description = "Print the result as JSON, and nothing else on standard output." };

    /// <summary>How a library writes one of its reports.</summary>
    /// <param name="library">Its reports.</param>
    public static JsonTypeInfo<T> Type<T>(JsonSerializerContext library) => (JsonTypeInfo<T>)library.GetTypeInfo(typeof(T))!;

    /// <summary>Whether a command line asks for JSON.</summary>
    public static bool IsAsked(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == Name) is { } json && parsed.GetValue(json);
}
