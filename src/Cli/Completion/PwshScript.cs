using NegSamples.Cli.Help;

namespace NegSamples.Cli.Completion;

/// <summary>The script for PowerShell, 5.1 and later.</summary>
internal static class PwshScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<VerbHelp> verbs)
    {
        yield return "# Completes negsamples in PowerShell. Use it with: negsamples completion pwsh | Out-String | Invoke-Expression";
        yield return "Register-ArgumentCompleter -Native -CommandName negsamples -ScriptBlock {";
        yield return "  param($word, $line, $cursor)";
        yield return "  $verbs = [ordered]@{";
        foreach (VerbHelp verb in verbs.Where(verb => !verb.IsHidden)) yield return $"    {Quoted(verb.Name)} = {Quoted(verb.Text.Summary)}";
        yield return "  }";
        yield return "  $flags = @{";
        foreach (VerbHelp verb in verbs)
        {
            yield return $"    {Quoted(verb.Name)} = [ordered]@{{";
            foreach (EntryHelp flag in verb.Flags)
                foreach (string name in flag.Names) yield return $"      {Quoted(name)} = {Quoted(CompletionScript.Sentence(flag))}";
            yield return "    }";
        }

        yield return "  }";
        yield return "  $choices = @{";
        foreach (VerbHelp verb in verbs)
        {
            foreach (EntryHelp flag in verb.Flags.Where(flag => flag.TakesValue))
                foreach (string name in flag.Names) yield return $"    {Quoted($"{verb.Name} {name}")} = {List(flag)}";
            string[] words = [.. CompletionScript.Words(verb)];
            if (words.Length > 0) yield return $"    {Quoted(verb.Name)} = @({string.Join(", ", words.Select(Quoted))})";
        }

        yield return "  }";
        yield return "  $before = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })";
        yield return "  $verb = $before | Where-Object { $flags.ContainsKey($_) } | Select-Object -First 1";
        yield return "  $found = [ordered]@{}";
        yield return "  $key = if ($before.Count -gt 0) { \"$verb $($before[-1])\" } else { '' }";
        yield return "  if ($verb -and $choices.ContainsKey($key)) { foreach ($choice in $choices[$key]) { $found[$choice] = $choice } }";
        yield return "  elseif (-not $verb) { $found = $verbs }";
        yield return "  elseif ($word.StartsWith('-')) { $found = $flags[$verb] }";
        yield return "  elseif ($choices.ContainsKey($verb)) { foreach ($choice in $choices[$verb]) { $found[$choice] = $choice } }";
        yield return "  $found.GetEnumerator() | Where-Object { $_.Key.StartsWith($word) } | ForEach-Object {";
        yield return "    [System.Management.Automation.CompletionResult]::new($_.Key, $_.Key, 'ParameterValue', $_.Value)";
        yield return "  }";
        yield return "}";
    }

    // No words of its own, as for a path, leave the completion to PowerShell, which knows files.
    private static string List(EntryHelp flag) => $"@({string.Join(", ", flag.Choices.Select(Quoted))})";

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
