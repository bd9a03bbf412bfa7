using NegSamples.Cli.Help;

namespace NegSamples.Cli.Completion;

/// <summary>The script for bash, 3.2 and later.</summary>
internal static class BashScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<VerbHelp> verbs)
    {
        string names = string.Join(' ', verbs.Where(verb => !verb.IsHidden).Select(verb => verb.Name));
        yield return "# Completes negsamples in bash. Use it with: source <(negsamples completion bash)";
        yield return "_negsamples() {";
        yield return "  local IFS=$' \\t\\n' word='' before='' verb='' flags='' words='' paths='' i";
        yield return "  word=\"${COMP_WORDS[COMP_CWORD]}\"";
        yield return "  before=\"${COMP_WORDS[COMP_CWORD-1]}\"";
        yield return "  if [[ $word == '=' ]]; then word=''; elif [[ $before == '=' ]]; then before=\"${COMP_WORDS[COMP_CWORD-2]}\"; fi";
        yield return "  COMPREPLY=()";
        yield return "  for ((i = 1; i < COMP_CWORD; i++)); do";
        yield return $"    case \"${{COMP_WORDS[i]}}\" in {string.Join('|', verbs.Select(verb => verb.Name))}) verb=\"${{COMP_WORDS[i]}}\"; break ;; esac";
        yield return "  done";
        yield return "  case \"$verb $before\" in";
        foreach (VerbHelp verb in verbs)
        {
            foreach (EntryHelp flag in verb.Flags.Where(flag => flag.TakesValue))
            {
                string found = flag.Choices.Count > 0 ? $"words='{string.Join(' ', flag.Choices)}'" : flag.IsFolder ? "paths=-d" : flag.IsPath ? "paths=-f" : ":";
                yield return $"    {string.Join('|', flag.Names.Select(name => $"'{verb.Name} {name}'"))}) {found} ;;";
            }
        }

        yield return "    *)";
        yield return "      case \"$verb\" in";
        yield return $"        '') flags='--help --version --quiet --verbose'; words='{names}' ;;";
        foreach (VerbHelp verb in verbs)
        {
            string words = string.Join(' ', CompletionScript.Words(verb));
            string argument = words.Length > 0 ? $"words='{words}'" : verb.Arguments.Any(entry => entry.IsPath) ? "paths=-f" : "words=''";
            yield return $"        {verb.Name}) flags='{string.Join(' ', CompletionScript.Flags(verb))}'; {argument} ;;";
        }

        yield return "      esac";
        yield return "      if [[ $word == -* ]]; then words=\"$flags\"; paths=''; fi ;;";
        yield return "  esac";
        yield return "  if [[ -n $paths ]]; then";
        yield return "    IFS=$'\\n'";
        yield return "    compopt -o filenames 2>/dev/null";
        yield return "    COMPREPLY=($(compgen $paths -- \"$word\"))";
        yield return "  else";
        yield return "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))";
        yield return "  fi";
        yield return "}";
        yield return "complete -F _negsamples negsamples";
    }
}
