namespace NegSamples.Tests.Cli.Completion;

/// <summary>What zsh and fish themselves make of the scripts: a line is typed, and the shell is asked how it goes on.</summary>
public class ShellCompletionTests
{
    private static readonly (string Line, string Expected)[] Lines =
    [
        ("negsamples tr", "train"), ("negsamples co", "collision coupon completion"), ("negsamples --v", "--version --verbose"),
        ("negsamples train --ep", "--epochs"), ("negsamples train --loss s", "single-view supcon sigmoid"), ("negsamples train --loss=su", "supcon"),
        ("negsamples train --epochs 3 --optimizer ", "larc sgd adamw"), ("negsamples train --epochs ", ""), ("negsamples --quiet eval --protocol p", "plain paper"),
        ("negsamples completion ", "bash zsh fish pwsh"), ("negsamples train --config FOLDER/se", "set.json"), ("negsamples features RUN --output FOLDER/", "run"),
    ];

    // Types each line, presses the tabulator, and waits for the end of what the shell does then; the words that it found are in a file for each.
    private const string Driver = """
        zmodload zsh/zpty zsh/zselect
        zpty shell zsh -f -i
        zpty -w shell "source $1/begin.zsh"
        place=0
        while IFS= read -r line; do
          zpty -n -w shell $'\x15'"$line"$'\t'
          for ((wait = 0; wait < 400; wait++)); do
            [[ -e $1/end ]] && break
            zselect -t 5
            zpty -r -t shell shown
          done
          mv "$1/end" "$1/$((++place)).found" || exit 1
        done < "$1/lines"
        zpty -d shell
        """;

    private const string Setup = """
        autoload -Uz compinit
        compinit -D -u
        source FOLDER/_negsamples
        compadd() {
          if [[ " $* " != *\ -[OAD]\ * ]]; then
            local -a words
            builtin compadd -A words "$@"
            print -rl -- $words >> FOLDER/words
          fi
          builtin compadd "$@"
        }
        finished() {
          touch FOLDER/words
          mv FOLDER/words FOLDER/end
          comppostfuncs=(finished) # each is called once
        }
        comppostfuncs=(finished)
        bindkey '^I' complete-word
        """;

    [Fact]
    public async Task FishCompletes()
    {
        string? fish = CompletionScriptTests.Find("fish");
        Assert.SkipWhen(fish is null, "fish is not on this machine");
        using TemporaryFolder folder = new();
        string root = await Prepare(folder, "fish", "negsamples.fish");
        string asks = string.Concat(Lines.Select(entry => $"complete -C '{entry.Line.Replace("FOLDER", root, StringComparison.Ordinal)}'; echo end; "));
        string[] found = (await CompletionScriptTests.Output(fish, ["--no-config", "-c", $"source '{root}/negsamples.fish'; {asks}"])).Split("end\n");
        Check(found[..^1], line => line.Split('\t')[0].Split('=')[^1]);
    }

    [Fact]
    public async Task ZshCompletes()
    {
        string? zsh = CompletionScriptTests.Find("zsh");
        Assert.SkipWhen(zsh is null, "zsh is not on this machine");
        using TemporaryFolder folder = new();
        string root = await Prepare(folder, "zsh", "_negsamples");
        File.WriteAllText(folder.PathOf("begin.zsh"), Setup.Replace("FOLDER", root, StringComparison.Ordinal));
        File.WriteAllText(folder.PathOf("driver.zsh"), Driver);
        File.WriteAllText(folder.PathOf("lines"), string.Concat(Lines.Select(entry => entry.Line.Replace("FOLDER", root, StringComparison.Ordinal) + "\n")));
        await CompletionScriptTests.Output(zsh, ["-f", folder.PathOf("driver.zsh"), root]);
        Check([.. Lines.Select((_, place) => File.ReadAllText(folder.PathOf(FormattableString.Invariant($"{place + 1}.found"))))], line => line);
    }

    private static void Check(string[] found, Func<string, string> word)
    {
        Assert.Equal(Lines.Length, found.Length);
        foreach (((string line, string expected), string text) in Lines.Zip(found))
        {
            string[] words = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(word).Select(path => Path.GetFileName(path.TrimEnd('/'))).Distinct().Order(StringComparer.Ordinal)];
            Assert.True(words.SequenceEqual(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)), $"{line}: {string.Join(' ', words)}");
        }
    }

    /// <summary>The script, a run folder and a file of settings, in a folder.</summary>
    private static async Task<string> Prepare(TemporaryFolder folder, string shell, string script)
    {
        Directory.CreateDirectory(folder.PathOf("run"));
        File.WriteAllText(folder.PathOf("set.json"), "{}");
        File.WriteAllText(folder.PathOf(script), (await Commands.Run("completion", shell)).Output);
        return Path.GetDirectoryName(folder.PathOf(script))!;
    }
}
