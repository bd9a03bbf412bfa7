using System.Globalization;
using System.Reflection;

namespace NegSamples.Kernels.Cuda.Ptx;

/// <summary>
/// Lines <c>.expand vocabulary verb words…;</c> in a kernel's inline PTX stand for text that a C# method writes, because <c>CudaAsm.Emit</c> takes
/// constants alone and nothing unrolls: a tile's 128 multiplications would be 128 lines of source.
/// </summary>
/// <remarks>
/// A verb is a method of a type that <see cref="PtxVocabularyAttribute"/> marks, so a room says itself what it can write. Each word becomes a parameter:
/// an operand of the Emit as text, a number, or a name of an enum.
/// </remarks>
internal static class PtxExpansion
{
    private const string Mark = ".expand ";

    private static readonly Dictionary<(string Vocabulary, string Verb), MethodInfo> Verbs = Find();

    /// <summary>The text with every such line written out.</summary>
    /// <exception cref="ArgumentException">A line names no verb, or has too many or too few words for it.</exception>
    public static string Expand(string ptx)
    {
        if (!ptx.Contains(Mark, StringComparison.Ordinal)) return ptx;
        PtxWriter text = new(ptx.Length * 4);
        foreach (string line in ptx.Split('\n'))
        {
            string trimmed = line.Trim();
            if (!trimmed.StartsWith(Mark, StringComparison.Ordinal)) text.Line(line);
            else Write(text, trimmed[Mark.Length..].TrimEnd(';').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        }

        return text.ToString();
    }

    private static void Write(PtxWriter text, string[] words)
    {
        if (words.Length < 2 || !Verbs.TryGetValue((words[0], words[1]), out MethodInfo? verb))
            throw new ArgumentException($"'{string.Join(' ', words)}' names no text that can be expanded.", nameof(words));
        ParameterInfo[] parameters = verb.GetParameters();
        if (words.Length - 1 != parameters.Length)
            throw new ArgumentException(
                $"'{string.Join(' ', words)}' has {Counted.Of(words.Length - 2, "word")} for {verb.Name}; expected {parameters.Length - 1}.", nameof(words));
        object[] arguments = new object[parameters.Length];
        arguments[0] = text;
        for (int i = 1; i < arguments.Length; i++) arguments[i] = Argument(parameters[i].ParameterType, words[i + 1]);
        verb.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture);
    }

    private static object Argument(Type type, string word)
    {
        if (type == typeof(string)) return word;
        return type.IsEnum ? Enum.Parse(type, word) : Convert.ChangeType(word, type, CultureInfo.InvariantCulture);
    }

    private static Dictionary<(string Vocabulary, string Verb), MethodInfo> Find()
    {
        Dictionary<(string Vocabulary, string Verb), MethodInfo> verbs = [];
        foreach (Type type in typeof(PtxExpansion).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<PtxVocabularyAttribute>() is not { } vocabulary) continue;
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (method.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(PtxWriter))
                    verbs.Add((vocabulary.Name, method.Name), method);
            }
        }

        return verbs;
    }
}
