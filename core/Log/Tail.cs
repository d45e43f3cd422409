using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Serverless.Events;

namespace Serverless.Log;

/// <summary>
/// Joins history and what is appended while it is read, for the readers of one log in this process. An implementation hands each new entry to
/// <see cref="Publish"/>; a reader that falls behind, or sees a gap, goes back to reading pages. Thread-safe.
/// </summary>
/// <param name="read">Reads a page: <see cref="IEventLog.ReadAsync"/>, except that positions judged lost end the reading.</param>
internal sealed class Tail(Func<StreamName, Position, CancellationToken, ValueTask<ReadResult>> read)
{
    /// <summary>The bytes after which a page that is read for followers ends.</summary>
    public const int PageBytes = 1 << 20;

    /// <summary>Entries that may wait for one reader; more are read again from the log.</summary>
    private const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, List<Reader>> _readers = [];

    /// <summary>The streams that have readers now.</summary>
    public IReadOnlyList<StreamName> Followed
    {
        get
        {
            lock (_lock)
            {
                return [.. _readers.Keys];
            }
        }
    }

    /// <summary>Hands an entry that was appended to the stream's readers. Never waits.</summary>
    public void Publish(StreamName stream, LogEntry entry)
    {
        lock (_lock)
        {
            if (_readers.TryGetValue(stream, out var readers))
            {
                foreach (var reader in readers)
                {
                    if (!reader.Entries.Writer.TryWrite(entry))
                    {
                        SendBack(reader);
                    }
                }
            }
        }
    }

    /// <summary>Makes the stream's readers read a page, and so have their positions judged.</summary>
    public void Recheck(StreamName stream)
    {
        lock (_lock)
        {
            if (_readers.TryGetValue(stream, out var readers))
            {
                foreach (var reader in readers)
                {
                    SendBack(reader);
                }
            }
        }
    }

    /// <summary>See <see cref="IEventLog.FollowAsync"/>.</summary>
    public async IAsyncEnumerable<ReadResult> FollowAsync(
        StreamName stream, Position after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new Reader();
        Add(stream, reader);
        try
        {
            while (true)
            {
                reader.Behind = false;
                var result = await read(stream, after, cancellationToken);
                if (result is ReadResult.Page { Entries: { Count: > 0 } entries })
                {
                    after = entries[^1].Last;
                    yield return result;
                    continue;
                }

                if (result is ReadResult.Reset)
                {
                    yield return result;
                    yield break;
                }

                while (await reader.Entries.Reader.WaitToReadAsync(cancellationToken))
                {
                    var page = Drain(reader, after, out var gap);
                    if (page.Count > 0)
                    {
                        after = page[^1].Last;
                        yield return new ReadResult.Page(page);
                    }

                    if (gap || reader.Behind)
                    {
                        break;
                    }
                }
            }
        }
        finally
        {
            Remove(stream, reader);
        }
    }

    /// <summary>Makes a reader read a page. It may have emptied a full channel just now, and be about to wait: so it is woken too.</summary>
    private static void SendBack(Reader reader)
    {
        reader.Behind = true;
        reader.Entries.Writer.TryWrite(Wake);
    }

    private static List<LogEntry> Drain(Reader reader, Position after, out bool gap)
    {
        var page = new List<LogEntry>();
        var (epoch, offset) = after;
        gap = false;
        while (!gap && reader.Entries.Reader.TryRead(out var entry))
        {
            if (ReferenceEquals(entry, Wake) || (entry.Last.Offset <= offset && entry.Last.Epoch == epoch))
            {
                continue;
            }

            // another epoch: whether this reader may go on is for the log to judge
            gap = entry.FirstOffset != offset + 1 || entry.Last.Epoch != epoch;
            if (!gap)
            {
                page.Add(entry);
                offset = entry.Last.Offset;
            }
        }

        return page;
    }

    private void Add(StreamName stream, Reader reader)
    {
        lock (_lock)
        {
            if (!_readers.TryGetValue(stream, out var readers))
            {
                _readers[stream] = readers = [];
            }

            readers.Add(reader);
        }
    }

    private void Remove(StreamName stream, Reader reader)
    {
        lock (_lock)
        {
            var readers = _readers[stream];
            readers.Remove(reader);
            if (readers.Count == 0)
            {
                _readers.Remove(stream);
            }
        }
    }

    private static LogEntry Wake { get; } = new(Position.Start, 0, default);

    private sealed class Reader
    {
        public Channel<LogEntry> Entries { get; } =
            Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

        public volatile bool Behind;
    }
}
