using System.Globalization;
using System.Security.Cryptography;

namespace Serverless.Log;

/// <summary>A place in a stream, behind the last event that a reader has. Decision 10 says what makes it good to go on from.</summary>
/// <param name="Offset">The event's number, from 1; 0 before the first.</param>
/// <param name="Tag">The tag of the entry that holds the event: 64 random bits, 0 only before the first event, or where it isn't known since the entry was trimmed.</param>
public readonly record struct Position(long Offset, ulong Tag)
{
    /// <summary>Before the first event of a stream.</summary>
    public static Position Zero => default;

    /// <summary>A tag for an entry: random, never 0. Each attempt to append takes a new one.</summary>
    public static ulong NewTag()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        ulong tag;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            tag = BitConverter.ToUInt64(bytes);
        }
        while (tag == 0);
        return tag;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Position position)
    {
        var dot = text.IndexOf('.');
        position = default;
        if (dot < 0 || text.Length - dot - 1 != 16
            || !long.TryParse(text[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !ulong.TryParse(text[(dot + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var tag))
        {
            return false;
        }

        position = new(offset, tag);
        return true;
    }

    /// <summary>Reads positions with a space between them.</summary>
    /// <exception cref="FormatException">One of them isn't one.</exception>
    public static IReadOnlyList<Position> ParseAll(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(part => TryParse(part, out var position) ? position : throw new FormatException($"'{part}' is no position."))];

    /// <summary>The offset, a dot and the tag in 16 hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Offset}.{Tag:x16}");
}
