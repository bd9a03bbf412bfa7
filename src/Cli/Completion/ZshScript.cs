using NegSamples.Cli.Help;

namespace NegSamples.Cli.Completion;

/// <summary>The script for zsh.</summary>
internal static class ZshScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<VerbHelp> verbs)
    {
        yield return "#compdef negsamples";
        yield return "# Completes negsamples in zsh. Use it with: source <(negsamples completion zsh), or as the file _negsamples in a folder of $fpath.";
        yield return "_negsamples() {";
        yield return "  local context state state_descr line";
        yield return "  typeset -A opt_args";
        yield return "  local -a verbs";
        yield return "  verbs=(";
        foreach (VerbHelp verb in verbs.Where(verb => !verb.IsHidden)) yield return $"    '{verb.Name}:{Plain(verb.Text.Summary)}'";
        yield return "  )";
        yield return "  _arguments -C '(- *)--help[Help.]' '(- *)--version[Version.]' '--quiet[Results only.]' '--verbose[Also times.]' '1:command:->verb' '*::argument:->rest'";
        yield return "  case $state in";
        yield return "    verb) _describe 'command' verbs ;;";
        yield return "    rest)";
        yield return "      case $words[1] in";
        foreach (VerbHelp verb in verbs)
        {
            yield return $"        {verb.Name})";
            yield return "          _arguments \\";
            foreach (EntryHelp flag in verb.Flags)
            {
                string value = flag.TakesValue ? $":{Plain(flag.Placeholder)}:{Action(flag)}" : "";
                foreach (string name in flag.Names)
                    yield return $"            '{(flag.Repeats ? "*" : "")}{name}{(flag.TakesValue && name.StartsWith("--", StringComparison.Ordinal) ? "=" : "")}[{Plain(CompletionScript.Sentence(flag))}]{value}' \\";
            }

            foreach (EntryHelp argument in verb.Arguments)
                yield return $"            '{(argument.Repeats ? "*" : "")}:{Plain(argument.Placeholder)}:{Action(argument)}' \\";
            yield return "            && return 0 ;;";
        }

        yield return "      esac ;;";
        yield return "  esac";
        yield return "}";
        yield return "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _negsamples \"$@\"; else compdef _negsamples negsamples; fi";
    }

    private static string Action(EntryHelp entry) => entry.Choices.Count > 0 ? $"({string.Join(' ', entry.Choices)})" : entry.IsFolder ? "_files -/" : entry.IsPath ? "_files" : " ";

    // What the specifications of _arguments and single quotes take for their own.
    private static string Plain(string text) => text.Replace("'", "", StringComparison.Ordinal).Replace(@"\", "", StringComparison.Ordinal)
        .Replace("[", "(", StringComparison.Ordinal).Replace("]", ")", StringComparison.Ordinal).Replace(":", @"\:", StringComparison.Ordinal);
}
