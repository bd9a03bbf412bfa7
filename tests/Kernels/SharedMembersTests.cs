using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>
/// An operation's folder, those inside it included, is understood alone: a private member of a device's class that lives in one operation's folder is used by no other's. What operations
/// share lives beside the class itself, or in a room of its own.
/// </summary>
public partial class SharedMembersTests
{
    [Theory]
    [InlineData(typeof(CpuOps))]
    [InlineData(typeof(CudaOps))]
    public void NoOperationUsesThePrivateMembersOfAnother(Type device)
    {
        List<SourceFile> files = FilesOf(device.Name);
        List<(Member Member, string Folder)> members = [.. from file in files from member in file.Members select (member, file.Folder)];
        AssertAllAreFound(device, members);
        List<string> faults = [];
        foreach ((Member member, string folder) in members.Distinct())
        {
            if (folder.Length == 0) continue; // Beside the class.
            Regex use = UseOf(member);
            IEnumerable<SourceFile> users = files.Where(file => file.Folder != folder && !members.Contains((member, file.Folder)) && use.IsMatch(file.Code));
            faults.AddRange(users.Select(user => $"{user.Name} uses {member.Name} of {folder}"));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults.Order(StringComparer.Ordinal)));
    }

    /// <summary>The reader of the source sees a use, and none in comments, texts, other objects' members and names of a tuple or an initialiser.</summary>
    [Theory]
    [InlineData("    private static void MineKernel<T>(ArrayView<T> x)", "Launch(MineKernel<Float32x1>, 1);", true)]
    [InlineData("    private int Mine(int x) => x;", "int x = Mine(y);", true)]
    [InlineData("    private int Mine(int x) => x;", "Run(first, Mine);", true)]
    [InlineData("    private int Mine(int x) => x;", "// Mine(x)", false)]
    [InlineData("    private int Mine(int x) => x;", "Say(\"Mine(x)\");", false)]
    [InlineData("    private int Mine(int x) => x;", "other.Mine(x);", false)]
    [InlineData("    private (int First, int Count) Mine(int x) => (x, x);", "(int Mine, int Of) z = (1, 2);", false)]
    [InlineData("    private int mine, other;", "mine = 3;", true)]
    [InlineData("    private readonly Dictionary<string, int> mine = [];", "return mine[3];", true)]
    [InlineData("    private int Mine => 3;", "new Shape { Mine = 4 };", false)]
    [InlineData("    private int Mine => 3;", "int x = 2 * Mine;", true)]
    [InlineData("    private readonly struct Mine(int x)", "Mine shape = new(3);", true)]
    public void UsesAreSeen(string declaration, string line, bool isUse) =>
        Assert.Equal(isUse, UseOf(MembersOf(declaration)[0]).IsMatch(WithoutCommentsAndTexts(line)));

    /// <summary>Everything private that the compiled class has, the text must have shown too: a member that the reader misses would never be a fault.</summary>
    private static void AssertAllAreFound(Type device, List<(Member Member, string Folder)> members)
    {
        const BindingFlags All = BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (MemberInfo member in device.GetMembers(All))
        {
            bool isPrivate = member switch
            {
                MethodInfo method => method.IsPrivate && !method.IsSpecialName,
                FieldInfo field => field.IsPrivate,
                Type type => type.IsNestedPrivate,
                _ => false,
            };
            string name = member.Name.Split('`')[0];
            if (!isPrivate || name.Contains('<') || name.Contains('.') || member.IsDefined(typeof(CompilerGeneratedAttribute))) continue;
            Assert.True(members.Exists(found => found.Member.Name == name), $"{name} is not found in the source of {device.Name}.");
        }
    }

    private static List<SourceFile> FilesOf(string type)
    {
        string kernels = Path.Combine(SourceTree.Required(), "src", "Kernels");
        List<SourceFile> files = [];
        foreach (string path in Directory.EnumerateFiles(kernels, "*.cs", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(kernels, path);
            if (relative.StartsWith("bin", StringComparison.Ordinal) || relative.StartsWith("obj", StringComparison.Ordinal)) continue;
            string code = WithoutCommentsAndTexts(File.ReadAllText(path));
            Match declaration = Regex.Match(code, $@"^[\w ]+ partial class {type}\b.*?^}}", RegexOptions.Multiline | RegexOptions.Singleline);
            if (declaration.Success) files.Add(new(relative, relative.Contains(Path.DirectorySeparatorChar) ? relative.Split(Path.DirectorySeparatorChar)[0] : "", declaration.Value, MembersOf(declaration.Value)));
        }

        Assert.NotEmpty(files);
        return files;
    }

    /// <summary>What is declared with "private" at the depth of a class's members.</summary>
    private static Member[] MembersOf(string code) => [.. Declaration().Matches(code).SelectMany(found =>
    {
        string rest = Tuple().Replace(found.Groups["rest"].Value, "");
        int end = rest.IndexOfAny(['(', '=', ';', '{', ':']);
        string head = end < 0 ? rest : rest[..end];
        while (TypeArguments().IsMatch(head)) head = TypeArguments().Replace(head, "");
        Kind kind = TypeWord().IsMatch(head) ? Kind.Type : end >= 0 && rest[end] == '(' ? Kind.Method : Kind.Value;
        return head.Split(',').Select(name => new Member(name.Trim().Split(' ')[^1], kind));
    })];

    /// <summary>Where a name stands for the class's own member.</summary>
    private static Regex UseOf(Member member) => new(member.Kind switch
    {
        Kind.Method => $@"(?<![\w.]|\bnew ){member.Name}(?:<[\w, ]+>)?\(|(?<=[(,?:>]\s*){member.Name}(?:<[\w, ]+>)?(?=\s*[,;)])",
        Kind.Type => $@"(?<![\w.]){member.Name}(?=[\s?(\[<>.,)])",
        _ => $@"(?<![\w.]){member.Name}\b" + (char.IsUpper(member.Name[0]) ? @"(?!\s=\s)" : ""), // An initialiser names the property of another type.
    });

    private static string WithoutCommentsAndTexts(string code) => CommentOrText().Replace(code, found => found.Value[0] == '/' ? "" : "\"\"");

    [GeneratedRegex(@"^    private (?<rest>.*)$", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^(?:\w+ )*\([^()]*\)\??(?=\s)")]
    private static partial Regex Tuple();

    [GeneratedRegex("<[^<>]*>")]
    private static partial Regex TypeArguments();

    [GeneratedRegex(@"//[^\n]*|""""""[\s\S]*?""""""|\$?@?""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex CommentOrText();

    [GeneratedRegex(@"\b(?:class|struct|record|enum|interface)\b")]
    private static partial Regex TypeWord();

    private enum Kind
    {
        Method,
        Type,
        Value,
    }

    private sealed record Member(string Name, Kind Kind);

    private sealed record SourceFile(string Name, string Folder, string Code, Member[] Members);
}
