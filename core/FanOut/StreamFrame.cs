using System.Buffers;
using MessagePack;
using Serverless.Events;

namespace Serverless.FanOut;

/// <summary>
/// Writes what a client that invoked a method as a stream receives, ready to be sent, byte for byte as the framework's protocols write it.
/// <code>
/// JSON         {"type":2,"invocationId":"…","item":…} 0x1E    {"type":3,"invocationId":"…","error":"…"} 0x1E
/// MessagePack  varint length, [2, {}, id, item]               varint length, [3, {}, id, 1, error] or [3, {}, id, 2]
/// </code>
/// Source: dotnet/aspnetcore, docs/specs/HubProtocol.md.
/// </summary>
internal static class StreamFrame
{
    private const byte RecordSeparator = 0x1e;
    private const int ErrorResult = 1;
    private const int VoidResult = 2;

    /// <exception cref="FormatException">The item isn't what its format says.</exception>
    /// <returns>Empty when the sender has made frames, and none for this protocol.</returns>
    public static ReadOnlyMemory<byte> Item(StreamItemSent sent, HubProtocolKind protocol)
    {
        if (sent.Item.Format == PayloadFormat.Frames)
        {
            return FrameMap.Find(sent.Item, protocol);
        }

        var output = new ArrayBufferWriter<byte>(sent.Item.Bytes.Length + sent.StreamId.Length + 48);
        if (protocol == HubProtocolKind.Json)
        {
            output.Write("{\"type\":2,\"invocationId\":\""u8);
            InvocationFrame.WriteText(output, sent.StreamId);
            output.Write("\",\"item\":"u8);
            Transcoder.WriteJson(sent.Item, output);
            output.Write([(byte)'}', RecordSeparator]);
            return output.WrittenMemory;
        }

        var reserved = InvocationFrame.ReserveLength(output);
        var writer = new MessagePackWriter(output);
        Begin(ref writer, 4, 2, sent.StreamId);
        Transcoder.WriteMessagePack(sent.Item, ref writer);
        writer.Flush();
        return InvocationFrame.WithLength(output, reserved);
    }

    /// <summary>The end of a stream.</summary>
    public static ReadOnlyMemory<byte> Completion(StreamCompleted completed, HubProtocolKind protocol)
    {
        var output = new ArrayBufferWriter<byte>();
        if (protocol == HubProtocolKind.Json)
        {
            output.Write("{\"type\":3,\"invocationId\":\""u8);
            InvocationFrame.WriteText(output, completed.StreamId);
            if (completed.Error is { } why)
            {
                output.Write("\",\"error\":\""u8);
                InvocationFrame.WriteText(output, why);
            }

            output.Write([(byte)'"', (byte)'}', RecordSeparator]);
            return output.WrittenMemory;
        }

        var reserved = InvocationFrame.ReserveLength(output);
        var writer = new MessagePackWriter(output);
        Begin(ref writer, completed.Error is null ? 4 : 5, 3, completed.StreamId);
        writer.Write(completed.Error is null ? VoidResult : ErrorResult);
        if (completed.Error is { } error)
        {
            writer.Write(error);
        }

        writer.Flush();
        return InvocationFrame.WithLength(output, reserved);
    }

    private static void Begin(ref MessagePackWriter writer, int fields, int type, string id)
    {
        writer.WriteArrayHeader(fields);
        writer.Write(type);
        writer.WriteMapHeader(0);
        writer.Write(id);
    }
}
