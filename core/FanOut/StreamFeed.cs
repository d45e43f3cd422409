using System.Runtime.CompilerServices;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>Reads one stream as it grows, and decodes each entry once.</summary>
internal sealed class StreamFeed(IEventLog log, FrameCodec codec)
{
    /// <summary>Gives what follows a position until cancelled, or until the position is lost.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="after">Where the reader is; events up to it are left out.</param>
    /// <param name="cancellationToken">Ends the feed.</param>
    public async IAsyncEnumerable<FeedResult> ReadAsync(
        StreamName stream, Position after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var offset = after.Offset;
        await foreach (var result in log.FollowAsync(stream, after, cancellationToken))
        {
            switch (result)
            {
                case ReadResult.Page(var entries, var end):
                    var decoded = Decode(stream, entries, offset);
                    yield return decoded;
                    if (decoded is FeedResult.Lost)
                    {
                        yield break;
                    }

                    offset = end.Offset;
                    break;
                case ReadResult.Reset(var reason, var head):
                    yield return new FeedResult.Lost($"{reason} at offset {offset}, the stream's head is {head.Head}");
                    yield break;
            }
        }
    }

    private FeedResult Decode(StreamName stream, IReadOnlyList<LogEntry> entries, long after)
    {
        var decoded = new DecodedEntry[entries.Count];
        for (var i = 0; i < entries.Count; i++)
        {
            try
            {
                decoded[i] = DecodedEntry.Of(codec, stream, entries[i], after);
            }
            catch (FrameException damage)
            {
                return new FeedResult.Lost(damage.Message);
            }
        }

        return new FeedResult.Entries(decoded);
    }
}
