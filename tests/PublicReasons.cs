using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NegSamples.Tests;

/// <summary>Why a type is public: a page, a sample or an example shows it, or a public member of another type has it in its signature.</summary>
/// <param name="Text">As docs/public-api.md says it.</param>
/// <param name="By">The type that leads to it; null where it is shown.</param>
internal sealed record PublicReason(string Text, Type? By);

/// <summary>Every true reason of every public type of the packages, the best first.</summary>
internal sealed partial class PublicReasons
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private readonly HashSet<Type> types;
    private readonly List<(string Reason, string Code, string Words)> shown = [];
    private readonly ILookup<Type, PublicReason> led;

    /// <summary>Reads the pages, and the assemblies with their documentation.</summary>
    /// <param name="root">The folder of the repository.</param>
    /// <param name="assemblies">The assemblies of the packages.</param>
    public PublicReasons(string root, IReadOnlyList<Assembly> assemblies)
    {
        types = [.. assemblies.SelectMany(assembly => assembly.GetExportedTypes())];
        foreach (string page in new[] { "library", "own-encoder" }) AddPage($"[{page}.md]({page}.md)", Path.Combine(root, "docs", page + ".md"));
        foreach (string package in new[] { "Theory", "Kernels", "Training", "Study" })
            AddPage($"[readme of {package}](../packages/{package}/README.md)", Path.Combine(root, "packages", package, "README.md"));
        foreach (string sample in Directory.EnumerateDirectories(Path.Combine(root, "samples")).Order(StringComparer.Ordinal))
        {
            string code = string.Join('\n', Directory.EnumerateFiles(sample, "*.cs").Order(StringComparer.Ordinal).Select(File.ReadAllText));
            shown.Add(($"[{Path.GetFileName(sample)}](../samples/{Path.GetFileName(sample)})", Plain(code), ""));
        }

        shown.Add(("[Notebook.ipynb](../samples/Notebook.ipynb)", Plain(File.ReadAllText(Path.Combine(root, "samples", "Notebook.ipynb")).Replace("\\\"", "", StringComparison.Ordinal).Replace('"', ' ')), ""));
        foreach (XElement member in assemblies.SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")))
        {
            // M:NegSamples.Kernels.UnitRows.Of(System.ReadOnlySpan{...} shows what UnitRows.Of is for.
            string[] name = member.Attribute("name")!.Value.Split('(')[0].Split('.');
            string of = member.Attribute("name")!.Value[0] == 'T' ? name[^1] : $"{name[^2]}.{name[^1]}";
            foreach (XElement example in member.Elements("example")) shown.Add(($"example of `{of.Replace(".#ctor", "", StringComparison.Ordinal)}`", Plain(example.Value), ""));
        }

        led = types.SelectMany(type => Signatures(type).SelectMany(part => Inner(part.Type).Where(inner => inner != type && types.Contains(inner))
            .Select(inner => (Type: inner, Reason: new PublicReason(part.Where, type))))).Distinct().ToLookup(entry => entry.Type, entry => entry.Reason);
    }

    /// <summary>The reasons of a type.</summary>
    public IEnumerable<PublicReason> Of(Type type)
    {
        string name = type.Name.Split('`')[0];
        Regex code = new($@"(?<![\w.]){name}(?!\w)(?!\s*[:=](?!:))"), word = new($@"^{name}\b", RegexOptions.Multiline);
        return shown.Where(page => code.IsMatch(page.Code) || word.IsMatch(page.Words)).Select(page => new PublicReason(page.Reason, null)).Concat(led[type]);
    }

    private void AddPage(string reason, string path)
    {
        string text = File.ReadAllText(path);
        shown.Add((reason, Plain(string.Join('\n', Block().Matches(text).Select(match => match.Groups[1].Value))),
            string.Join('\n', InText().Matches(Fence().Replace(text, "")).Select(match => match.Groups[1].Value))));
    }

    /// <summary>C# without its comments and what stands in quotes.</summary>
    private static string Plain(string code) => Quoted().Replace(Comment().Replace(code, ""), "\"\"");

    /// <summary>The types that an outsider meets at a type, and where.</summary>
    private static IEnumerable<(string Where, Type Type)> Signatures(Type type)
    {
        string name = ApiTextTests.NameOf(type);
        foreach (Type of in type.GetInterfaces().Append(type.BaseType).OfType<Type>()) yield return ($"base of `{name}`", of);
        if (typeof(Delegate).IsAssignableFrom(type)) yield break;

        // A constructor says less of what a type is for than a member that gives it.
        foreach (MemberInfo member in type.GetMembers(Declared).Where(member => !member.Name.Contains('<', StringComparison.Ordinal)).OrderBy(member => member is ConstructorInfo))
        {
            IEnumerable<Type> met = member switch
            {
                FieldInfo field when field.IsPublic || field.IsFamily => [field.FieldType],
                PropertyInfo property when property.GetAccessors(true).Any(IsSeen) => [property.PropertyType],
                ConstructorInfo constructor when IsSeen(constructor) => constructor.GetParameters().Select(parameter => parameter.ParameterType),
                MethodInfo method when IsSeen(method) && !method.IsSpecialName && method.Name != "Deconstruct" =>
                    method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)
                        .Concat(method.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints())),
                _ => [],
            };
            foreach (Type one in met) yield return (member is ConstructorInfo ? $"in `new {name}`" : $"in `{name}.{member.Name}`", one);
        }
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static IEnumerable<Type> Inner(Type type) => type.HasElementType ? Inner(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().Where(argument => !argument.IsGenericParameter).SelectMany(Inner).Append(type.GetGenericTypeDefinition()) : [type];

    [GeneratedRegex(@"^```csharp\r?\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex InText();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex("\"[^\"\n]*\"")]
    private static partial Regex Quoted();
}
