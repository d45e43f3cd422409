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
        var tag = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        return tag == 0 ? NewTag() : tag;
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Position position)
    {
        var (dot, tag) = (text.IndexOf('.'), 0UL);
        var isOne = long.TryParse(text[..Math.Max(dot, 0)], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && text.Length - dot - 1 == 16 && ulong.TryParse(text[(dot + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out tag);
        position = isOne ? new(offset, tag) : default;
        return isOne;
    }

    /// <summary>Reads positions with a space between them. Other text is left out: nobody could go on from it.</summary>
    public static IReadOnlyList<Position> ParseAll(string text) =>
        [.. text.Split(' ').Select(part => TryParse(part, out var position) ? position : (Position?)null).OfType<Position>()];

    /// <summary>The offset, a dot and the tag in 16 hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Offset}.{Tag:x16}");
}
