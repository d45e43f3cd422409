using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serverless.SelfHost.Upstream;

/// <summary>Text as it may stand in a header: what isn't printable ASCII is percent-encoded, as UTF-8.</summary>
internal static class HeaderText
{
    private const int MaxShort = 100;

    /// <summary>What stands as it is.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter)]);

    private static readonly SearchValues<char> PlainInList = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter).Where(letter => letter != ',')]);

    private static readonly SearchValues<char> PlainInName = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter).Where(letter => letter != '%')]);

    /// <summary>A name that receivers decode: its percent signs are encoded too.</summary>
    public static string EncodeName(string text) => Encode(text, PlainInName);

    /// <summary>A whole value.</summary>
    public static string Encode(string text) => Encode(text, Plain);

    /// <summary>A part of a list with commas between: its own commas would end it, and who chose a claim's value could add claims.</summary>
    public static string EncodePart(string text) => Encode(text, PlainInList);

    /// <summary>The beginning of a name that a client chose, for a line of a log.</summary>
    public static string Shorten(string text) => text.Length <= MaxShort ? Encode(text) : $"{Encode(text[..MaxShort])}…";

    private static string Encode(string text, SearchValues<char> plain)
    {
        if (!text.AsSpan().ContainsAnyExcept(plain))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 16);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii && plain.Contains((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return encoded.ToString();
    }
}
