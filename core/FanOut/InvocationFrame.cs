using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using MessagePack;
using Serverless.Events;

namespace Serverless.FanOut;

/// <summary>
/// Writes a message as a hub invocation that is ready to be sent, byte for byte as the framework's protocols write it, from arguments that are serialized already.
/// <code>
/// JSON         {"type":1,"target":"…","arguments":[…]} 0x1E             with "invocationId":"…", before the target, if a result is wanted
/// MessagePack  varint length, [1, {}, nil or the id, target, arguments, []]
/// </code>
/// Source: dotnet/aspnetcore, docs/specs/HubProtocol.md.
/// </summary>
internal static class InvocationFrame
{
    private const byte RecordSeparator = 0x1e;
    private const int MaxVarint = 5;

    /// <exception cref="FormatException">The arguments aren't what their format says.</exception>
    /// <returns>Empty when the sender has made frames, and none for this protocol.</returns>
    public static ReadOnlyMemory<byte> Write(MessageSent message, HubProtocolKind protocol) =>
        message.Arguments.Format == PayloadFormat.Frames ? FrameMap.Find(message.Arguments, protocol)
        : protocol == HubProtocolKind.Json ? WriteJson(message) : WriteMessagePack(message);

    private static ReadOnlyMemory<byte> WriteJson(MessageSent message)
    {
        var output = new ArrayBufferWriter<byte>(message.Arguments.Bytes.Length + message.Target.Length + 48);
        output.Write("{\"type\":1,"u8);
        if (message.Invocation is { } invocation)
        {
            output.Write("\"invocationId\":\""u8);
            WriteText(output, invocation);
            output.Write("\","u8);
        }

        output.Write("\"target\":\""u8);
        WriteText(output, message.Target);
        output.Write("\",\"arguments\":"u8);
        Transcoder.WriteJson(message.Arguments, output);
        output.Write([(byte)'}', RecordSeparator]);
        return output.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> WriteMessagePack(MessageSent message)
    {
        var output = new ArrayBufferWriter<byte>(message.Arguments.Bytes.Length + message.Target.Length + 48);
        var reserved = ReserveLength(output);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(6);
        writer.Write(1);
        writer.WriteMapHeader(0);
        writer.Write(message.Invocation);
        writer.Write(message.Target);
        Transcoder.WriteMessagePack(message.Arguments, ref writer);
        writer.WriteArrayHeader(0);
        writer.Flush();
        return WithLength(output, reserved);
    }

    /// <summary>Writes what stands between the quotes of a JSON text.</summary>
    public static void WriteText(ArrayBufferWriter<byte> output, string text) =>
        output.Write(JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);

    /// <summary>Leaves space for a length before a MessagePack frame.</summary>
    public static int ReserveLength(ArrayBufferWriter<byte> output)
    {
        output.GetSpan(MaxVarint)[..MaxVarint].Clear();
        output.Advance(MaxVarint);
        return MaxVarint;
    }

    /// <summary>Puts the varint directly before the body, into the space left for it, and cuts off what it doesn't need.</summary>
    public static ReadOnlyMemory<byte> WithLength(ArrayBufferWriter<byte> output, int reserved)
    {
        Span<byte> varint = stackalloc byte[MaxVarint];
        var size = 0;
        var rest = (uint)(output.WrittenCount - reserved);
        do
        {
            varint[size++] = (byte)(rest > 0x7f ? rest | 0x80 : rest);
            rest >>= 7;
        }
        while (rest > 0);

        var frame = MemoryMarshal.AsMemory(output.WrittenMemory)[(reserved - size)..];
        varint[..size].CopyTo(frame.Span);
        return frame;
    }
}
