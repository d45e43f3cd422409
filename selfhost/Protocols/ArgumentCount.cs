using System.Text.Json;
using MessagePack;

namespace Serverless.SelfHost.Protocols;

/// <summary>Counts the arguments of an invocation before it is parsed: the framework's protocols want to know how many a target takes, and ours take any number.</summary>
internal static class ArgumentCount
{
    /// <summary>The count in a JSON frame, without its terminator; 0 when it has none or isn't JSON, which the protocol then tells.</summary>
    public static int OfJson(ReadOnlySpan<byte> frame)
    {
        try
        {
            var reader = new Utf8JsonReader(frame);
            while (reader.Read())
            {
                if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName } && reader.ValueTextEquals("arguments"u8))
                {
                    reader.Read();
                    return reader.TokenType == JsonTokenType.StartArray ? CountItems(ref reader) : 0;
                }
            }
        }
        catch (JsonException)
        {
            // the protocol meets the same fault and describes it
        }

        return 0;
    }

    /// <summary>The count in a MessagePack frame, without its length; 0 when it is no invocation or isn't MessagePack, which the protocol then tells.</summary>
    public static int OfMessagePack(ReadOnlyMemory<byte> frame)
    {
        try
        {
            var reader = new MessagePackReader(frame);
            // 1 invocation, 4 stream invocation: [type, headers, id, target, arguments, …]
            if (reader.ReadArrayHeader() < 5 || reader.ReadInt32() is not (1 or 4))
            {
                return 0;
            }

            reader.Skip();
            reader.Skip();
            reader.Skip();
            return reader.ReadArrayHeader();
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or ArgumentException)
        {
            return 0;
        }
    }

    private static int CountItems(ref Utf8JsonReader reader)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            reader.Skip();
            count++;
        }

        return count;
    }
}
