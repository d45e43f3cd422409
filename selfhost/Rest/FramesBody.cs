using System.Runtime.InteropServices;
using MessagePack;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.SelfHost.Protocols;

namespace Serverless.SelfHost.Rest;

/// <summary>
/// Parses a MessagePack map of a hub protocol's name to a whole invocation, framed: <c>{"json": bin, "messagepack": bin}</c>. SDKs send it when they have more than one
/// protocol. Each frame is sent on as it is, so it is checked here. Frames of protocols that no client can have are left as they are. Contract, section 3.2.
/// </summary>
internal static class FramesBody
{
    private const string Form = "The body must be a MessagePack map of 'json' or 'messagepack' to one framed message.";

    /// <summary>Parses frames of an invocation.</summary>
    /// <param name="body">Kept.</param>
    public static ParsedBody Parse(Memory<byte> body)
    {
        string? target = null;
        var fault = CheckEach(body, message => message is InvocationMessage invocation && (target ??= invocation.Target) == invocation.Target);
        return target is null || fault is not null ? ParsedBody.Wrong(fault ?? Form) : new(target, new(PayloadFormat.Frames, body), "");
    }

    /// <summary>The arguments in the frames of an invocation: those of the one that can hold all values, where it is there.</summary>
    /// <param name="frames">What <see cref="Parse"/> gave.</param>
    public static Payload Arguments(Payload frames) =>
        FrameMap.Find(frames, HubProtocolKind.MessagePack) is { IsEmpty: false } binary
            ? new(PayloadFormat.MessagePack, ArgumentsOf(HubProtocol.MessagePack.Unframe(binary)))
            : JsonBody.Parse(MemoryMarshal.AsMemory(HubProtocol.Json.Unframe(FrameMap.Find(frames, HubProtocolKind.Json)))).Arguments;

    /// <summary>Checks that the body is such a map, and each frame in it of a known protocol one message.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="isWanted">Whether a message is what it shall be.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? CheckEach(ReadOnlyMemory<byte> body, Predicate<HubMessage> isWanted)
    {
        try
        {
            var payload = new Payload(PayloadFormat.Frames, body);
            if (!IsWhole(body))
            {
                return $"{Form} Something follows it.";
            }

            var found = Check(FrameMap.Find(payload, HubProtocolKind.Json), HubProtocol.Json, isWanted)
                | Check(FrameMap.Find(payload, HubProtocolKind.MessagePack), HubProtocol.MessagePack, isWanted);
            return found ? null : Form;
        }
        catch (Exception fault) when (fault is FormatException or InvalidDataException or MessagePackSerializationException or EndOfStreamException
            or InvalidOperationException or OverflowException)
        {
            return $"{Form} {fault.Message}";
        }
    }

    private static bool IsWhole(ReadOnlyMemory<byte> body)
    {
        var reader = new MessagePackReader(body);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            reader.ReadString();
            reader.ReadBytes();
        }

        return reader.End;
    }

    /// <param name="frame">Empty when the protocol has none.</param>
    /// <param name="protocol">Reads it, as it does what clients send.</param>
    /// <param name="isWanted">Whether a message is what it shall be.</param>
    /// <returns>Whether there is a frame.</returns>
    private static bool Check(ReadOnlyMemory<byte> frame, HubProtocol protocol, Predicate<HubMessage> isWanted) =>
        !frame.IsEmpty
        && (protocol.Read(frame, frame.Length, out var message) == frame.Length && message is not null && isWanted(message)
            ? true
            : throw new FormatException($"The frame for {protocol.Kind} isn't one message that belongs here."));

    /// <param name="message">[type, headers, id, target, arguments, …].</param>
    private static ReadOnlyMemory<byte> ArgumentsOf(ReadOnlyMemory<byte> message)
    {
        var reader = new MessagePackReader(message);
        reader.ReadArrayHeader();
        for (var before = 4; before > 0; before--)
        {
            reader.Skip();
        }

        var start = (int)reader.Consumed;
        reader.Skip();
        return message[start..(int)reader.Consumed];
    }
}
