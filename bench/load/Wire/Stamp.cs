namespace Serverless.Bench.Load.Wire;

/// <summary>
/// What each message carries: <c>~</c>, then publisher, sequence and intended time as 4, 8 and 16 letters of 4 bits each (a = 0 … p = 15).
/// No JSON encoder escapes any of them, and no other message of the protocol holds a <c>~</c>.
/// </summary>
/// <param name="Publisher">The publisher's index.</param>
/// <param name="Sequence">From 1, without holes per publisher; 0 for a probe, which isn't counted.</param>
/// <param name="Intended">When it was due to be sent, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</param>
internal readonly record struct Stamp(int Publisher, long Sequence, long Intended)
{
    public const int Length = 1 + 4 + 8 + 16;
    private const byte Mark = (byte)'~';

    public static bool TryRead(ReadOnlySpan<byte> record, out Stamp stamp)
    {
        var at = record.IndexOf(Mark);
        if (at < 0 || record.Length < at + Length)
        {
            stamp = default;
            return false;
        }

        var letters = record.Slice(at + 1, Length - 1);
        stamp = new((int)Read(letters[..4]), Read(letters.Slice(4, 8)), Read(letters[12..]));
        return true;
    }

    public void Write(Span<byte> destination)
    {
        destination[0] = Mark;
        Write(destination.Slice(1, 4), Publisher);
        Write(destination.Slice(5, 8), Sequence);
        Write(destination.Slice(13, 16), Intended);
    }

    /// <summary>Reads letters as a number.</summary>
    public static long Read(ReadOnlySpan<byte> letters)
    {
        var value = 0L;
        foreach (var letter in letters)
        {
            value = (value << 4) | (uint)((letter - (byte)'a') & 15);
        }

        return value;
    }

    /// <summary>Writes a number as so many letters.</summary>
    public static void Write(Span<byte> letters, long value)
    {
        for (var i = letters.Length - 1; i >= 0; i--)
        {
            letters[i] = (byte)('a' + (value & 15));
            value >>= 4;
        }
    }
}
