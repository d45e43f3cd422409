using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using MessagePack;
using Serverless.Events;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Writes the bodies of requests. Contract, sections 3.2 and 3.7. Arguments in JSON keep their text.</summary>
internal static class RestBodies
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>{"target":"…","arguments":[…]}</c>.</summary>
    /// <exception cref="FormatException">The arguments aren't JSON.</exception>
    public static ReadOnlyMemory<byte> Message(MessageSent message) => Write(writer => Write(writer, message));

    /// <summary><c>[{"type":"SendMessage","message":{…}}, …]</c>.</summary>
    /// <exception cref="FormatException">The arguments of one can't be written as JSON.</exception>
    public static ReadOnlyMemory<byte> Commands(IEnumerable<MessageSent> messages) => Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var message in messages)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "SendMessage");
            writer.WritePropertyName("message");
            Write(writer, message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>One command of another type, with its parameter unless that is null.</summary>
    public static ReadOnlyMemory<byte> Command(string type, string parameter, string? value) => Write(writer =>
    {
        writer.WriteStartArray();
        writer.WriteStartObject();
        writer.WriteString("type", type);
        if (value is not null)
        {
            writer.WriteString(parameter, value);
        }

        writer.WriteEndObject();
        writer.WriteEndArray();
    });

    /// <summary>A MessagePack map of each protocol's name to the message's frame. Frames that the sender has made stay as they are.</summary>
    /// <param name="sent">What the sender gave.</param>
    /// <param name="frame">Makes a protocol's frame.</param>
    /// <exception cref="FormatException">The values aren't what their format says, or can't be written as JSON.</exception>
    public static ReadOnlyMemory<byte> Frames(Payload sent, Func<HubProtocolKind, ReadOnlyMemory<byte>> frame)
    {
        if (sent.Format == PayloadFormat.Frames)
        {
            return sent.Bytes;
        }

        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(2);
        writer.Write("json");
        writer.Write(frame(HubProtocolKind.Json).Span);
        writer.Write("messagepack");
        writer.Write(frame(HubProtocolKind.MessagePack).Span);
        writer.Flush();
        return output.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter writer, MessageSent message)
    {
        if (message.Arguments.Format == PayloadFormat.Frames)
        {
            throw new FormatException("A message that its sender has framed can't be sent by a filter.");
        }

        var arguments = new ArrayBufferWriter<byte>();
        Transcoder.WriteJson(message.Arguments, arguments);
        writer.WriteStartObject();
        writer.WriteString("target", message.Target);
        writer.WritePropertyName("arguments");
        writer.WriteRawValue(arguments.WrittenSpan);
        writer.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(output, Compact);
        try
        {
            write(writer);
            writer.Flush();
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"It can't be written as JSON: {malformed.Message}", malformed);
        }

        return output.WrittenMemory;
    }
}
