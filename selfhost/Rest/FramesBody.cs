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
    private const string Form = "The body must be a MessagePack map of 'json' or 'messagepack' to one framed hub invocation.";

    /// <param name="body">Kept.</param>
    public static ParsedBody Parse(Memory<byte> body)
    {
        try
        {
            var payload = new Payload(PayloadFormat.Frames, body);
            if (!IsWhole(body))
            {
                return ParsedBody.Wrong($"{Form} Something follows it.");
            }

            var json = Target(FrameMap.Find(payload, HubProtocolKind.Json), HubProtocol.Json);
            var messagePack = Target(FrameMap.Find(payload, HubProtocolKind.MessagePack), HubProtocol.MessagePack);
            return json is not null && messagePack is not null && json != messagePack ? ParsedBody.Wrong($"{Form} The frames have two targets.")
                : (json ?? messagePack) is { } target ? new(target, payload, "")
                : ParsedBody.Wrong(Form);
        }
        catch (Exception fault) when (fault is FormatException or InvalidDataException or MessagePackSerializationException or EndOfStreamException
            or InvalidOperationException or OverflowException)
        {
            return ParsedBody.Wrong($"{Form} {fault.Message}");
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
    private static string? Target(ReadOnlyMemory<byte> frame, HubProtocol protocol) =>
        frame.IsEmpty ? null
        : protocol.Read(frame, frame.Length, out var message) == frame.Length && message is InvocationMessage { Target: var target } ? target
        : throw new FormatException($"The frame for {protocol.Kind} isn't one invocation.");
}
