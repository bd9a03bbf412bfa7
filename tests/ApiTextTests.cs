using System.Reflection;

namespace NegSamples.Tests;

/// <summary>What the packages promise: a text for each assembly, which changes only on purpose.</summary>
public class ApiTextTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string Root = SourceTree.Folder ?? "";

    public static TheoryData<string> Assemblies => ["Theory", "Kernels", "Files", "Augment", "Training", "Study", "Report"];

    [Theory, MemberData(nameof(Assemblies))]
    public void ThePublicMembersAreTheApprovedOnes(string name)
    {
        Assert.SkipUnless(Root.Length > 0, "The source tree is not here.");
        string path = Path.Combine(Root, "tests", "Api", $"NegSamples.{name}.txt"), received = Path.Combine(AppContext.BaseDirectory, $"NegSamples.{name}.txt");
        string[] now = [.. Load(name).GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Lines)];
        string[] approved = File.Exists(path) ? File.ReadAllLines(path) : [];
        File.WriteAllLines(received, now);
        string[] changes = [.. approved.Except(now).Select(line => "- " + line), .. now.Except(approved).Select(line => "+ " + line)];
        Assert.True(changes.Length == 0 && approved.SequenceEqual(now),
            $"The public members of NegSamples.{name} are not those of {path}:\n{string.Join('\n', changes.Take(40))}\nWhere that is meant, approve it: cp {received} {path}");
    }

    /// <summary>Nobody outside links to these: they are parts of the program.</summary>
    [Theory]
    [InlineData("Onnx")]
    [InlineData("TensorBoard")]
    [InlineData("Jpeg")]
    [InlineData("Tables")]
    public void PartsOfTheProgramHaveNoPublicType(string name) => Assert.Empty(Load(name).GetExportedTypes());

    private static Assembly Load(string name) => Assembly.Load("NegSamples." + name);

    private static IEnumerable<string> Lines(Type type)
    {
        string kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";
        yield return $"{kind} {type.Namespace}.{NameOf(type)}{(type.BaseType is { } of && of != typeof(object) && !type.IsValueType ? " : " + NameOf(of) : "")}";
        foreach (string line in type.GetMembers(Declared).Where(member => !member.Name.Contains('<', StringComparison.Ordinal)).Select(Line).OfType<string>()
            .Order(StringComparer.Ordinal)) yield return $"    {NameOf(type)}.{line}";
    }

    /// <summary>A member that an outsider sees; null for any other, and for what a record or an event brings along.</summary>
    private static string? Line(MemberInfo member) => member switch
    {
        FieldInfo field when field.IsPublic || field.IsFamily => $"{field.Name}: {NameOf(field.FieldType)}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
        PropertyInfo property when property.GetAccessors(true).Any(IsSeen) =>
            $"{property.Name}: {NameOf(property.PropertyType)} {{ {string.Join(" ", property.GetAccessors(true).Where(IsSeen).Select(one => one.Name[..3]))} }}",
        MethodBase method when IsSeen(method) && (!method.IsSpecialName || method.IsConstructor) && !IsOfRecord(method) =>
            $"{(method.IsConstructor ? "new" : method.Name)}({string.Join(", ", method.GetParameters().Select(Parameter))}){(method is MethodInfo info ? ": " + NameOf(info.ReturnType) : "")}",
        _ => null,
    };

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsOfRecord(MethodBase method) => method.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "Deconstruct";

    private static string Parameter(ParameterInfo parameter) =>
        FormattableString.Invariant($"{NameOf(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "default"}" : "")}");

    /// <summary>A type as the texts and docs/public-api.md have it.</summary>
    internal static string NameOf(Type type)
    {
        if (type.IsByRef || type.IsPointer) return NameOf(type.GetElementType()!) + (type.IsByRef ? "&" : "*");
        if (type.IsArray) return NameOf(type.GetElementType()!) + "[]";
        string name = type.Name.Split('`')[0];
        if (type.IsGenericType) name += $"<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
        return type.IsNested && !type.IsGenericParameter ? $"{NameOf(type.DeclaringType!)}.{name}" : name;
    }
}
