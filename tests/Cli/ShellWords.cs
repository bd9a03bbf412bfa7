using System.Text;

namespace NegSamples.Tests.Cli;

/// <summary>The words of a command line.</summary>
internal static class ShellWords
{
    /// <summary>The words of a line as a shell takes them apart.</summary>
    public static string[] Of(string line)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool isQuoted = false, isWord = false;
        for (int i = 0; i < line.Length; i++)
        {
            char symbol = line[i];
            if (symbol == '\'') (isQuoted, isWord) = (!isQuoted, true);
            else if (symbol == '\\' && !isQuoted) word.Append(line[++i]);
            else if (symbol == ' ' && !isQuoted)
            {
                if (isWord || word.Length > 0) words.Add(word.ToString());
                (word, isWord) = (new(), false);
            }
            else word.Append(symbol);
        }

        if (isWord || word.Length > 0) words.Add(word.ToString());
        return [.. words];
    }
}
