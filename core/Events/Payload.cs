using System.Buffers;

namespace Serverless.Events;

/// <summary>A serialized value. JSON keeps the sender's text (numbers and dates aren't retyped); it holds no line breaks, so that it fits any transport.</summary>
/// <param name="Format">How <paramref name="Bytes"/> are to be read.</param>
/// <param name="Bytes">One value. Not changed after this was made.</param>
public readonly record struct Payload(PayloadFormat Format, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Takes a copy of one JSON value. Line breaks and tabs between its tokens become spaces (within texts JSON has none).</summary>
    public static Payload FromJson(ReadOnlySpan<byte> text)
    {
        var bytes = text.ToArray();
        bytes.AsSpan().ReplaceAny(LineBreaks, (byte)' ');
        return new(PayloadFormat.Json, bytes);
    }

    /// <summary>Equal when the format and each byte are.</summary>
    public bool Equals(Payload other) => Format == other.Format && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Format);
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    private static SearchValues<byte> LineBreaks { get; } = SearchValues.Create("\r\n\t"u8);
}

/// <summary>The serialization of a <see cref="Payload"/>. The numbers stand in stored frames.</summary>
public enum PayloadFormat
{
    /// <summary>UTF-8 JSON.</summary>
    Json = 0,

    /// <summary>MessagePack.</summary>
    MessagePack = 1,

    /// <summary>A whole invocation for each hub protocol, framed by its sender: a MessagePack map of the protocol's name to the bytes. Receivers are sent the bytes as they
    /// are, and nothing where their protocol has none.</summary>
    Frames = 2,
}
