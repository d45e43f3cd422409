using MessagePack;
using Serverless.Events;

namespace Serverless.FanOut;

/// <summary>Reads a payload of the format <see cref="PayloadFormat.Frames"/>.</summary>
public static class FrameMap
{
    /// <summary>The frame for a protocol.</summary>
    /// <returns>Empty when there is none.</returns>
    /// <exception cref="FormatException">The payload isn't such a map.</exception>
    public static ReadOnlyMemory<byte> Find(Payload payload, HubProtocolKind protocol)
    {
        var wanted = protocol == HubProtocolKind.Json ? "json" : "messagepack";
        try
        {
            var reader = new MessagePackReader(payload.Bytes);
            for (var left = reader.ReadMapHeader(); left > 0; left--)
            {
                var name = reader.ReadString();
                var frame = reader.ReadBytes();
                if (wanted.Equals(name, StringComparison.OrdinalIgnoreCase) && frame is { } found)
                {
                    return found.First;
                }
            }

            return default;
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or InvalidOperationException)
        {
            throw new FormatException($"The payload isn't a map of frames: {e.Message}", e);
        }
    }
}
