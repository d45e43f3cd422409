using System.Text;

namespace Serverless.FanOut.Membership;

/// <summary>Cuts the text of a filter into words, numbers, signs and texts; a text keeps one quote before it, and its doubled quotes are single.</summary>
internal static class FilterTokens
{
    /// <exception cref="FormatException">Something in it is none of these.</exception>
    public static List<string> Read(string text)
    {
        var tokens = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var first = text[at];
            if (char.IsWhiteSpace(first))
            {
                at++;
            }
            else if (first is '(' or ')' or ',')
            {
                tokens.Add(first.ToString());
                at++;
            }
            else if (first == '\'')
            {
                tokens.Add(ReadText(text, ref at));
            }
            else if (char.IsAsciiLetterOrDigit(first) || first == '-')
            {
                var end = at + 1;
                while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]))
                {
                    end++;
                }

                tokens.Add(text[at..end]);
                at = end;
            }
            else
            {
                throw new FormatException($"'{first}' wasn't expected.");
            }
        }

        return tokens;
    }

    private static string ReadText(string text, ref int at)
    {
        var token = new StringBuilder("'");
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '\'')
            {
                token.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '\'')
            {
                token.Append(text[at++]);
            }
            else
            {
                at++;
                return token.ToString();
            }
        }

        throw new FormatException("A text has no end.");
    }
}
