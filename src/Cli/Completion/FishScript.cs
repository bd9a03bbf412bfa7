using NegSamples.Cli.Help;

namespace NegSamples.Cli.Completion;

/// <summary>The script for fish.</summary>
internal static class FishScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<VerbHelp> verbs)
    {
        yield return "# Completes negsamples in fish. Use it with: negsamples completion fish | source";
        yield return "complete -c negsamples -f";
        yield return $"set -l verbs {string.Join(' ', verbs.Select(verb => verb.Name))}";
        foreach (VerbHelp verb in verbs.Where(verb => !verb.IsHidden))
            yield return $"complete -c negsamples -n \"not __fish_seen_subcommand_from $verbs\" -a {verb.Name} -d {Quoted(verb.Text.Summary)}";
        foreach (string flag in new[] { "help", "version", "quiet", "verbose" })
            yield return $"complete -c negsamples -n \"not __fish_seen_subcommand_from $verbs\" -l {flag}";
        foreach (VerbHelp verb in verbs)
        {
            string when = $"complete -c negsamples -n \"__fish_seen_subcommand_from {verb.Name}\"";
            if (verb.Arguments.Any(argument => argument.IsPath)) yield return $"{when} -F";
            string words = string.Join(' ', CompletionScript.Words(verb));
            if (words.Length > 0) yield return $"{when} -a {Quoted(words)}";
            foreach (EntryHelp flag in verb.Flags)
            {
                string names = string.Join(' ', flag.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : name.Length == 2 ? $"-s {Quoted(name[1..])}" : $"-o {name[1..]}"));
                string value = !flag.TakesValue ? "" : flag.Choices.Count > 0 ? $" -x -a {Quoted(string.Join(' ', flag.Choices))}"
                    : flag.IsFolder ? " -x -a '(__fish_complete_directories)'" : flag.IsPath ? " -r -F" : " -x";
                yield return $"{when} {names}{value} -d {Quoted(CompletionScript.Sentence(flag))}";
            }
        }
    }

    private static string Quoted(string text) => $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
}
