using Serverless.Events;

namespace Serverless.FanOut;

/// <summary>A message with its frames, each made once, when the first receiver of that protocol is met, and shared by all. The frames are immutable and left to
/// the garbage collector. Used by one reader of a stream at a time.</summary>
internal sealed class ReadyMessage(MessageSent message)
{
    private ReadOnlyMemory<byte> _json;
    private ReadOnlyMemory<byte> _messagePack;

    /// <summary>The event.</summary>
    public MessageSent Message { get; } = message;

    /// <summary>The frame for connections of a protocol; empty when they get none.</summary>
    /// <exception cref="FormatException">The arguments aren't what their format says.</exception>
    public ReadOnlyMemory<byte> Frame(HubProtocolKind protocol)
    {
        ref var frame = ref protocol == HubProtocolKind.Json ? ref _json : ref _messagePack;
        if (frame.IsEmpty)
        {
            frame = InvocationFrame.Write(Message, protocol);
        }

        return frame;
    }
}
