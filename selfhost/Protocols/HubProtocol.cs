using System.Buffers;
using MessagePack;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using Serverless.FanOut;

namespace Serverless.SelfHost.Protocols;

/// <summary>One of the framework's hub protocols, with values taken as they are serialized. Thread-safe.</summary>
internal sealed class HubProtocol
{
    private const byte RecordSeparator = 0x1e;
    private const int MaxVarint = 5;

    private readonly IHubProtocol _protocol;

    private HubProtocol(HubProtocolKind kind, IHubProtocol protocol) => (Kind, _protocol) = (kind, protocol);

    /// <summary>JSON; text.</summary>
    public static HubProtocol Json { get; } = new(HubProtocolKind.Json, CreateJson());

    /// <summary>MessagePack; binary.</summary>
    public static HubProtocol MessagePack { get; } = new(HubProtocolKind.MessagePack, CreateMessagePack());

    /// <summary>Which one it is.</summary>
    public HubProtocolKind Kind { get; }

    /// <summary>The protocol that a handshake names, or null.</summary>
    public static HubProtocol? Find(string name, int version)
    {
        var protocol = name == Json._protocol.Name ? Json : name == MessagePack._protocol.Name ? MessagePack : null;
        return protocol?._protocol.IsVersionSupported(version) == true ? protocol : null;
    }

    /// <summary>A message's frame.</summary>
    public ReadOnlyMemory<byte> Write(HubMessage message) => _protocol.GetMessageBytes(message);

    /// <summary>What stands within a frame: without its length, or its end.</summary>
    public ReadOnlyMemory<byte> Unframe(ReadOnlyMemory<byte> frame)
    {
        var (prefix, body, _) = Kind == HubProtocolKind.Json ? MeasureText(frame.Span) : MeasureBinary(frame.Span);
        return frame.Slice(prefix, body);
    }

    /// <summary>Reads one message from the front.</summary>
    /// <param name="unread">What was received; may hold less than a message, or several.</param>
    /// <param name="maxBytes">The largest message.</param>
    /// <param name="message">The message; null when there is a frame of a kind that isn't known.</param>
    /// <returns>How many bytes it took; 0 when it isn't whole yet.</returns>
    /// <exception cref="InvalidDataException">It is malformed or too large.</exception>
    public int Read(ReadOnlyMemory<byte> unread, int maxBytes, out HubMessage? message)
    {
        message = null;
        var (prefix, body, length) = Kind == HubProtocolKind.Json ? MeasureText(unread.Span) : MeasureBinary(unread.Span);
        if (body > maxBytes)
        {
            throw new InvalidDataException($"The maximum message size of {maxBytes} bytes was exceeded.");
        }

        if (length == 0)
        {
            return 0;
        }

        var content = unread.Slice(prefix, body);
        var frame = new ReadOnlySequence<byte>(unread[..length]);
        try
        {
            var arguments = Kind == HubProtocolKind.Json ? ArgumentCount.OfJson(content.Span) : ArgumentCount.OfMessagePack(content);
            _protocol.TryParseMessage(ref frame, new PayloadBinder(arguments), out message);
        }
        catch (Exception malformed) when (malformed is not InvalidDataException and not OutOfMemoryException)
        {
            // the framework's protocols let those of their readers out
            throw new InvalidDataException($"A message is malformed: {malformed.Message}", malformed);
        }

        return length;
    }

    private static (int Prefix, int Body, int Length) MeasureText(ReadOnlySpan<byte> unread)
    {
        var end = unread.IndexOf(RecordSeparator);
        return end < 0 ? (0, unread.Length, 0) : (0, end, end + 1);
    }

    private static (int Prefix, int Body, int Length) MeasureBinary(ReadOnlySpan<byte> unread)
    {
        var body = 0L;
        for (var i = 0; i < MaxVarint && i < unread.Length; i++)
        {
            body |= (long)(unread[i] & 0x7f) << (7 * i);
            if ((unread[i] & 0x80) == 0)
            {
                var length = (int)Math.Min(body, int.MaxValue - MaxVarint);
                return (i + 1, length, unread.Length - i - 1 >= length ? i + 1 + length : 0);
            }
        }

        return unread.Length >= MaxVarint ? throw new InvalidDataException("A message's length is malformed.") : (0, 0, 0);
    }

    private static JsonHubProtocol CreateJson()
    {
        var options = new JsonHubProtocolOptions();
        options.PayloadSerializerOptions.Converters.Add(new JsonPayloadConverter());
        return new(Options.Create(options));
    }

    private static MessagePackHubProtocol CreateMessagePack() => new(Options.Create(new MessagePackHubProtocolOptions
    {
        SerializerOptions = MessagePackSerializerOptions.Standard
            .WithResolver(CompositeResolver.Create([new MessagePackPayloadFormatter()], [StandardResolver.Instance]))
            .WithSecurity(MessagePackSecurity.UntrustedData),
    }));
}
