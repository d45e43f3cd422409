using Serverless.Events;

namespace Serverless.FanOut;

/// <summary>What is sent to clients, with its frames, each made once, when the first receiver of that protocol is met, and shared by all. The frames are immutable and left to
/// the garbage collector. Used by one reader of a stream at a time.</summary>
internal sealed class ReadyMessage
{
    private readonly Event _sent;
    private ReadOnlyMemory<byte> _json;
    private ReadOnlyMemory<byte> _messagePack;

    private ReadyMessage(Event sent, Audience audience, string name) => (_sent, Audience, Name) = (sent, audience, name);

    /// <summary>Who receives it.</summary>
    public Audience Audience { get; }

    /// <summary>For people: a target, or a stream's id.</summary>
    public string Name { get; }

    /// <summary>Connections of the audience that don't receive it.</summary>
    public IReadOnlyList<ConnectionId> Excluded => _sent is MessageSent message ? message.Excluded : [];

    /// <summary>The id under which receivers' results are waited for, or null.</summary>
    public string? Invocation => (_sent as MessageSent)?.Invocation;

    /// <returns>Null when the event is nothing that clients receive.</returns>
    public static ReadyMessage? Of(Event value) => value switch
    {
        MessageSent message => new(message, message.Audience, message.Target),
        StreamItemSent item => new(item, Audience.Connection(item.Connection), item.StreamId),
        StreamCompleted end => new(end, Audience.Connection(end.Connection), end.StreamId),
        _ => null,
    };

    /// <summary>The frame for connections of a protocol; empty when they get none.</summary>
    /// <exception cref="FormatException">A value isn't what its format says.</exception>
    public ReadOnlyMemory<byte> Frame(HubProtocolKind protocol)
    {
        ref var frame = ref protocol == HubProtocolKind.Json ? ref _json : ref _messagePack;
        if (frame.IsEmpty)
        {
            frame = _sent switch
            {
                MessageSent message => InvocationFrame.Write(message, protocol),
                StreamItemSent item => StreamFrame.Item(item, protocol),
                StreamCompleted end => StreamFrame.Completion(end, protocol),
                _ => default,
            };
        }

        return frame;
    }
}
