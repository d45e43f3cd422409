using System.Text.Json;
using MessagePack;
using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.SelfHost.Rest;

/// <summary>
/// Parses a MessagePack map of a hub protocol's name to a whole invocation, framed: <c>{"json": bin, "messagepack": bin}</c>. SDKs send it when they have more than one
/// protocol. Each frame is sent on as it is, so it is checked here. Frames of protocols that no client can have are left as they are. Contract, section 3.2.
/// </summary>
internal static class FramesBody
{
    private const byte RecordSeparator = 0x1e;
    private const int Invocation = 1;

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

            var target = JsonTarget(FrameMap.Find(payload, HubProtocolKind.Json));
            target = MessagePackTarget(FrameMap.Find(payload, HubProtocolKind.MessagePack), target);
            return target is null ? ParsedBody.Wrong(Form) : new(target, payload, "");
        }
        catch (Exception fault) when (fault is FormatException or JsonException or MessagePackSerializationException or EndOfStreamException
            or InvalidOperationException or OverflowException or KeyNotFoundException)
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

    private static string? JsonTarget(ReadOnlyMemory<byte> frame)
    {
        if (frame.IsEmpty)
        {
            return null;
        }

        if (frame.Span.IndexOf(RecordSeparator) != frame.Length - 1)
        {
            throw new FormatException("The frame for 'json' must end with its only 0x1E.");
        }

        using var document = JsonDocument.Parse(frame[..^1]);
        var root = document.RootElement;
        return root.GetProperty("type").GetInt32() == Invocation && root.GetProperty("arguments").ValueKind == JsonValueKind.Array
            ? root.GetProperty("target").GetString()
            : throw new FormatException("The frame for 'json' isn't an invocation.");
    }

    private static string? MessagePackTarget(ReadOnlyMemory<byte> frame, string? jsonTarget)
    {
        if (frame.IsEmpty)
        {
            return jsonTarget;
        }

        var (length, size) = (0L, 0);
        do
        {
            length |= (long)(frame.Span[size] & 0x7f) << (7 * size);
        }
        while ((frame.Span[size++] & 0x80) != 0 && size < Math.Min(5, frame.Length));

        var reader = new MessagePackReader(frame[size..]);
        if (length != frame.Length - size || reader.ReadArrayHeader() < 5 || reader.ReadInt32() != Invocation)
        {
            throw new FormatException("The frame for 'messagepack' must be the length and one invocation.");
        }

        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            reader.ReadString();
            reader.ReadString();
        }

        reader.ReadString();
        var target = reader.ReadString();
        return jsonTarget is null || jsonTarget == target ? target : throw new FormatException("The frames have two targets.");
    }
}
