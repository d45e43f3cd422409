using System.Text;
using System.Text.Json;

namespace Serverless.Services.Documents.Yjs;

/// <summary>Reads the numbers and texts of lib0, the encoding beneath Yjs. Whatever the bytes are, it ends within them.</summary>
internal ref struct UpdateReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>The largest integer that JavaScript counts with.</summary>
    public const long MaxInteger = (1L << 53) - 1;

    private const int MaxDepth = 100;
    private const int MaxSignedBytes = 8;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsAtEnd => _left.IsEmpty;

    public byte ReadByte()
    {
        var value = _left.IsEmpty ? throw Ends() : _left[0];
        _left = _left[1..];
        return value;
    }

    /// <summary>An unsigned integer, 7 bits a byte, lowest first.</summary>
    public long ReadUnsigned()
    {
        var value = 0L;
        for (var shift = 0; shift < 56; shift += 7)
        {
            var next = ReadByte();
            value |= (long)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value <= MaxInteger ? value : throw new FormatException("A number is larger than 2^53 - 1.");
            }
        }

        throw new FormatException("A number is longer than 8 bytes.");
    }

    /// <summary>How many things follow. Each takes at least some bytes, so that a made-up count is noticed before anything is done for it.</summary>
    public int ReadCount(int minBytes)
    {
        var count = ReadUnsigned();
        return count <= _left.Length / minBytes ? (int)count : throw new FormatException($"It can't hold {count} things in its last {_left.Length} bytes.");
    }

    /// <summary>How many clocks something takes: at least one.</summary>
    public long ReadLength() => ReadUnsigned() is > 0 and var length ? length : throw new FormatException("A struct is empty.");

    /// <summary>Passes over bytes with their length before them.</summary>
    public void SkipBytes() => Take(ReadUnsigned());

    /// <summary>Passes over a text.</summary>
    /// <returns>Its length as JavaScript counts it: UTF-16 code units.</returns>
    public int SkipText()
    {
        try
        {
            return Strict.GetCharCount(Take(ReadUnsigned()));
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("A text isn't UTF-8.", e);
        }
    }

    /// <summary>Passes over a text that holds JSON: clients parse it, and one that they can't would spoil the document.</summary>
    public void SkipJson() => CheckJson(Take(ReadUnsigned()));

    /// <summary>Passes over texts that hold JSON, or <c>undefined</c>, with their number before them.</summary>
    /// <returns>Their number.</returns>
    public long SkipJsonList()
    {
        var count = ReadCount(1);
        for (var i = 0; i < count; i++)
        {
            var text = Take(ReadUnsigned());
            if (!text.SequenceEqual("undefined"u8))
            {
                CheckJson(text);
            }
        }

        return count;
    }

    /// <summary>Passes over values with their number before them.</summary>
    /// <returns>Their number.</returns>
    public long SkipValues() => SkipValues(0);

    /// <summary>Passes over one value of any type.</summary>
    public void SkipValue() => SkipValue(0);

    private long SkipValues(int depth)
    {
        var count = ReadCount(1);
        for (var i = 0; i < count; i++)
        {
            SkipValue(depth);
        }

        return count;
    }

    private void SkipValue(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"A value is nested deeper than {MaxDepth}.");
        }

        switch (ReadByte())
        {
            case 127 or 126 or 121 or 120:
                // undefined, null, false, true
                break;
            case 125:
                SkipSigned();
                break;
            case 124:
                Take(sizeof(float));
                break;
            case 123 or 122:
                // a double, a large integer
                Take(sizeof(double));
                break;
            case 119:
                SkipText();
                break;
            case 118:
                for (var left = ReadCount(2); left > 0; left--)
                {
                    SkipText();
                    SkipValue(depth + 1);
                }

                break;
            case 117:
                SkipValues(depth + 1);
                break;
            case 116:
                SkipBytes();
                break;
            case var type:
                throw new FormatException($"A value is of type {type}, which isn't known.");
        }
    }

    private void SkipSigned()
    {
        for (var i = 0; i < MaxSignedBytes; i++)
        {
            if (ReadByte() < 0x80)
            {
                return;
            }
        }

        throw new FormatException("A number is longer than 8 bytes.");
    }

    private static void CheckJson(ReadOnlySpan<byte> text)
    {
        var json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (json.Read())
            {
                // only whether it can be read counts
            }
        }
        catch (JsonException e)
        {
            throw new FormatException($"A text isn't JSON: {e.Message}", e);
        }
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length > _left.Length)
        {
            throw Ends();
        }

        var taken = _left[..(int)length];
        _left = _left[(int)length..];
        return taken;
    }

    private static FormatException Ends() => new("It ends too early.");
}
