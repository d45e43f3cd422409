using System.Buffers;
using System.Text.Json;
using MessagePack;
using Serverless.Events;

namespace Serverless.Services;

/// <summary>Reads single arguments of a call and makes arrays of them, without looking into the others.</summary>
internal static class PayloadList
{
    /// <summary>The text in a payload; null when it holds something else.</summary>
    public static string? AsText(Payload payload)
    {
        if (payload.Format == PayloadFormat.Json)
        {
            var json = new Utf8JsonReader(payload.Bytes.Span);
            try
            {
                return json.Read() && json.TokenType == JsonTokenType.String ? json.GetString() : null;
            }
            catch (InvalidOperationException)
            {
                // half a surrogate pair, escaped: JSON, but no text
                return null;
            }
        }

        var reader = new MessagePackReader(payload.Bytes);
        return reader.NextMessagePackType == MessagePackType.String ? reader.ReadString() : null;
    }

    /// <summary>The bytes in a payload: binary in MessagePack, base64 text in JSON; null when it holds something else.</summary>
    public static ReadOnlyMemory<byte>? AsBytes(Payload payload)
    {
        if (payload.Format == PayloadFormat.Json)
        {
            var json = new Utf8JsonReader(payload.Bytes.Span);
            return json.Read() && json.TokenType == JsonTokenType.String && json.TryGetBytesFromBase64(out var decoded)
                ? decoded.AsMemory()
                : (ReadOnlyMemory<byte>?)null;
        }

        var reader = new MessagePackReader(payload.Bytes);
        return reader.NextMessagePackType == MessagePackType.Binary ? (reader.ReadBytes() ?? default).ToArray().AsMemory() : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>Whether an argument is left out: it isn't there, or it is null.</summary>
    public static bool IsMissing(IReadOnlyList<Payload> values, int index)
    {
        if (index >= values.Count)
        {
            return true;
        }

        return values[index].Format == PayloadFormat.Json
            ? values[index].Bytes.Span.Trim(" "u8).SequenceEqual("null"u8)
            : new MessagePackReader(values[index].Bytes).NextMessagePackType == MessagePackType.Nil;
    }

    /// <summary>An array of the values from an index on.</summary>
    /// <param name="values">All of one format.</param>
    /// <param name="start">The first that is taken.</param>
    public static Payload Array(IReadOnlyList<Payload> values, int start)
    {
        var output = new ArrayBufferWriter<byte>();
        var format = values.Count > 0 ? values[0].Format : PayloadFormat.Json;
        if (format == PayloadFormat.MessagePack)
        {
            var writer = new MessagePackWriter(output);
            writer.WriteArrayHeader(values.Count - start);
            writer.Flush();
        }
        else
        {
            output.Write("["u8);
        }

        for (var i = start; i < values.Count; i++)
        {
            if (format == PayloadFormat.Json && i > start)
            {
                output.Write(","u8);
            }

            output.Write(values[i].Bytes.Span);
        }

        if (format == PayloadFormat.Json)
        {
            output.Write("]"u8);
        }

        return new(format, output.WrittenMemory);
    }
}
