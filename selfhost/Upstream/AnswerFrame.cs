using System.Buffers;
using Serverless.FanOut;

namespace Serverless.SelfHost.Upstream;

/// <summary>Makes a frame for a client of a receiver's answer: its bytes as they are. Contract, section 4.6.</summary>
internal static class AnswerFrame
{
    private const byte RecordSeparator = 0x1e;

    private static readonly SearchValues<byte> LineBreaks = SearchValues.Create("\r\n"u8);

    /// <param name="body">A completion with its frame: not empty.</param>
    /// <param name="protocol">The client's.</param>
    public static ReadOnlyMemory<byte> From(ReadOnlyMemory<byte> body, HubProtocolKind protocol)
    {
        if (protocol == HubProtocolKind.MessagePack)
        {
            return body;
        }

        // what a receiver may forget, and what an event stream can't carry; within its texts JSON has no line breaks
        var isEnded = body.Span[^1] == RecordSeparator;
        if (isEnded && !body.Span.ContainsAny(LineBreaks))
        {
            return body;
        }

        byte[] frame = isEnded ? body.ToArray() : [.. body.Span, RecordSeparator];
        frame.AsSpan().ReplaceAny(LineBreaks, (byte)' ');
        return frame;
    }
}
