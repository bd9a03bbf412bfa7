namespace NegSamples.PtxInterpreter;

internal enum TokenKind { Word, Number, Punctuation, Text, End }

internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string text) => Kind != TokenKind.Text && Text == text;
}

/// <summary>Splits PTX into words (with their dots: <c>ld.global.v4.f32</c> is one), numbers and single characters.</summary>
internal static class Lexer
{
    public static List<Token> Split(string source)
    {
        List<Token> tokens = [];
        int line = 1, at = 0;
        while (at < source.Length)
        {
            char c = source[at];
            int start = at;
            if (c == '\n') { line++; at++; }
            else if (char.IsWhiteSpace(c)) at++;
            else if (source.AsSpan(at).StartsWith("//")) at = IndexOrEnd(source, "\n", at);
            else if (source.AsSpan(at).StartsWith("/*"))
            {
                at = Math.Min(source.Length, IndexOrEnd(source, "*/", at) + 2);
                line += source.AsSpan(start, at - start).Count('\n');
            }
            else if (c == '"')
            {
                at = IndexOrEnd(source, "\"", at + 1) + 1;
                tokens.Add(new(TokenKind.Text, source[(start + 1)..(at - 1)], line));
            }
            else if (char.IsAsciiDigit(c))
            {
                at = EndOfNumber(source, at);
                tokens.Add(new(TokenKind.Number, source[start..at], line));
            }
            else if (IsWordStart(c))
            {
                at = EndOfWord(source, at);
                tokens.Add(new(TokenKind.Word, source[start..at], line));
            }
            else
            {
                at++;
                tokens.Add(new(TokenKind.Punctuation, c.ToString(), line));
            }
        }

        tokens.Add(new(TokenKind.End, "", line));
        return tokens;
    }

    private static int IndexOrEnd(string source, string text, int from)
    {
        int index = source.IndexOf(text, from, StringComparison.Ordinal);
        return index < 0 ? source.Length : index;
    }

    private static bool IsWordStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%' or '.';

    private static int EndOfWord(string source, int at)
    {
        while (at < source.Length)
        {
            if (IsWordStart(source[at]) || char.IsAsciiDigit(source[at])) at++;
            else if (source.AsSpan(at).StartsWith("::")) at += 2; // A qualifier such as .L2::128B, not a label.
            else break;
        }

        return at;
    }

    private static int EndOfNumber(string source, int at)
    {
        bool decimalPoint = false;
        while (at < source.Length)
        {
            char c = source[at];
            if (char.IsAsciiLetterOrDigit(c)) at++;
            else if (c == '.') { decimalPoint = true; at++; }
            else if (c is '+' or '-' && decimalPoint && source[at - 1] is 'e' or 'E') at++;
            else break;
        }

        return at;
    }
}
