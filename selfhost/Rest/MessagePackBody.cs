using MessagePack;
using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Parses a map with <c>target</c> and <c>arguments</c>, or an array of the two. Azure publishes no form (contract, section 3.2).</summary>
internal static class MessagePackBody
{
    private const int MaxDepth = 64;

    private const string Form = "The body must be a MessagePack map with 'target', a string, and 'arguments', an array; or an array of the two.";

    /// <param name="body">Kept.</param>
    public static ParsedBody Parse(Memory<byte> body)
    {
        try
        {
            var reader = new MessagePackReader(body);
            var parsed = reader.NextMessagePackType switch
            {
                MessagePackType.Map => ReadMap(ref reader, body),
                MessagePackType.Array => ReadArray(ref reader, body),
                _ => ParsedBody.Wrong(Form),
            };
            return parsed.Target is null || reader.End ? parsed : ParsedBody.Wrong($"{Form} Something follows it.");
        }
        catch (Exception fault) when (fault is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or OverflowException)
        {
            return ParsedBody.Wrong(Form);
        }
    }

    /// <summary>Whether the body is one value, not nested too deeply.</summary>
    public static bool IsOneValue(ReadOnlyMemory<byte> body)
    {
        try
        {
            var reader = new MessagePackReader(body);
            Skip(ref reader, MaxDepth);
            return reader.End;
        }
        catch (Exception fault) when (fault is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or OverflowException)
        {
            return false;
        }
    }

    private static ParsedBody ReadMap(ref MessagePackReader reader, Memory<byte> body)
    {
        string? target = null;
        ReadOnlyMemory<byte>? arguments = null;
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = reader.ReadString();
            if ("target".Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                target = reader.ReadString();
            }
            else if ("arguments".Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                arguments = ReadArguments(ref reader, body);
            }
            else
            {
                Skip(ref reader, MaxDepth);
            }
        }

        return Message(target, arguments);
    }

    private static ParsedBody ReadArray(ref MessagePackReader reader, Memory<byte> body)
    {
        var count = reader.ReadArrayHeader();
        return count is 1 or 2
            ? Message(reader.ReadString(), count == 2 ? ReadArguments(ref reader, body) : null)
            : ParsedBody.Wrong(Form);
    }

    private static ParsedBody Message(string? target, ReadOnlyMemory<byte>? arguments) =>
        target is null ? ParsedBody.Wrong("'target' is missing.") : new(target, new(PayloadFormat.MessagePack, arguments ?? new byte[] { MessagePackCode.MinFixArray }), "");

    private static ReadOnlyMemory<byte>? ReadArguments(ref MessagePackReader reader, Memory<byte> body)
    {
        if (reader.TryReadNil())
        {
            return null;
        }

        if (reader.NextMessagePackType != MessagePackType.Array)
        {
            throw new MessagePackSerializationException("'arguments' isn't an array.");
        }

        var start = (int)reader.Consumed;
        Skip(ref reader, MaxDepth);
        return body[start..(int)reader.Consumed];
    }

    /// <summary>The reader's own Skip goes as deep as the sender likes, which ends the process.</summary>
    private static void Skip(ref MessagePackReader reader, int depth)
    {
        if (depth == 0)
        {
            throw new MessagePackSerializationException($"It is nested more than {MaxDepth} deep.");
        }

        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Array:
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                {
                    Skip(ref reader, depth - 1);
                }

                break;
            case MessagePackType.Map:
                for (var left = 2L * reader.ReadMapHeader(); left > 0; left--)
                {
                    Skip(ref reader, depth - 1);
                }

                break;
            default:
                reader.Skip();
                break;
        }
    }
}
