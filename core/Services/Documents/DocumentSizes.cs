using Serverless.Events;
using Serverless.Log;

namespace Serverless.Services.Documents;

/// <summary>How large the documents are that this process changes, and when it last asked for a snapshot of one. Keeps those that were used last. Thread-safe.</summary>
internal sealed class DocumentSizes(DocumentReader reader, DocumentOptions options, TimeProvider time)
{
    /// <summary>The documents that it keeps the sizes of.</summary>
    internal const int MaxDocuments = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    /// <summary>How many it keeps.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The size of a document; what other processes are appending now may be missing.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<DocumentSize> GetAsync(StreamName document, CancellationToken cancellationToken)
    {
        var (size, seen) = Find(document);
        if (size is null || size.At.Offset < seen)
        {
            // from a position, nothing was trimmed unseen
            size = size is not null && await AdvanceAsync(document, size, size.At, StreamHead.None, seen, cancellationToken) is { } advanced
                ? advanced
                : await MeasureAsync(document, cancellationToken);
            Set(document, size, seen);
        }

        return size;
    }

    /// <summary>Counts a change that this process has appended.</summary>
    public void Add(StreamName document, Position at, int bytes)
    {
        lock (_lock)
        {
            var entry = Use(document);
            entry.Seen = Math.Max(entry.Seen, at.Offset);
            if (entry.Size is { } size && size.At.Offset + 1 == at.Offset)
            {
                entry.Size = size with { Tail = size.Tail + bytes, At = at };
            }
        }
    }

    /// <summary>The size, measured again when it is not what was expected and the document was compacted, or has lost changes, meanwhile.</summary>
    /// <param name="document">The document's stream.</param>
    /// <param name="isExpected">Whether a size needs no second look.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<DocumentSize> GetAsync(StreamName document, Func<DocumentSize, bool> isExpected, CancellationToken cancellationToken)
    {
        var size = await GetAsync(document, cancellationToken);
        if (!isExpected(size) && await IsOutdatedAsync(document, size, cancellationToken))
        {
            var (_, seen) = Find(document);
            size = await MeasureAsync(document, cancellationToken);
            Set(document, size, seen);
        }

        return size;
    }

    /// <summary>Whether the caller is to compact: one is asked at a time, and another after a pause.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<bool> AskAsync(StreamName document, CancellationToken cancellationToken)
    {
        if (!(await GetAsync(document, cancellationToken)).WantsCompaction(options) || !MayAsk(document)
            || !(await GetAsync(document, size => !size.WantsCompaction(options), cancellationToken)).WantsCompaction(options))
        {
            return false;
        }

        lock (_lock)
        {
            if (!MayAsk(document))
            {
                return false;
            }

            Use(document).Asked = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>A snapshot was refused because of its size: nobody is asked for another until one is taken.</summary>
    public void TooLarge(StreamName document)
    {
        lock (_lock)
        {
            Use(document).IsTooLarge = true;
        }
    }

    /// <summary>A document was compacted: the next may be asked at once.</summary>
    public void Forget(StreamName document)
    {
        lock (_lock)
        {
            if (_entries.Remove(document, out var node))
            {
                _byUse.Remove(node);
            }
        }
    }

    private async ValueTask<DocumentSize> MeasureAsync(StreamName document, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < DocumentReader.MaxAttempts; attempt++)
        {
            var beginning = await reader.BeginAsync(document, cancellationToken);
            var head = beginning.Head;
            var size = new DocumentSize(beginning.Snapshot?.State.Length ?? 0, 0, Position.Zero, beginning.Snapshot?.At);
            if (await AdvanceAsync(document, size, beginning.From, head, head.Head.Offset, cancellationToken) is { } measured)
            {
                return measured;
            }
        }

        throw new LogUnavailableException(document, $"its size can't be read; it was reset {DocumentReader.MaxAttempts} times meanwhile.");
    }

    private async ValueTask<DocumentSize?> AdvanceAsync(
        StreamName document, DocumentSize size, ReadFrom from, StreamHead head, long to, CancellationToken cancellationToken)
    {
        var tail = size.Tail;
        var end = await reader.ReadToAsync(
            document,
            from,
            head,
            to,
            stored =>
            {
                tail += stored.Update?.Length ?? 0;
                return true;
            },
            cancellationToken);
        return end is { } at ? size with { Tail = tail, At = at } : null;
    }

    private async ValueTask<bool> IsOutdatedAsync(StreamName document, DocumentSize size, CancellationToken cancellationToken) =>
        await reader.VerifyAsync(document, size.At, cancellationToken) is not null || await reader.KeptAsync(document, cancellationToken) != size.Kept;

    private bool MayAsk(StreamName document)
    {
        lock (_lock)
        {
            var entry = Use(document);
            return !entry.IsTooLarge && !(entry.Asked is { } asked && time.GetElapsedTime(asked) < options.CompactPause);
        }
    }

    private (DocumentSize? Size, long Seen) Find(StreamName document)
    {
        lock (_lock)
        {
            var entry = Use(document);
            return (entry.Size, entry.Seen);
        }
    }

    /// <summary>Keeps what was found; what this process has appended meanwhile is counted at the next question. A stream that lost its tail ends before what was seen.</summary>
    private void Set(StreamName document, DocumentSize size, long seen)
    {
        lock (_lock)
        {
            var entry = Use(document);
            entry.Size = size;
            entry.Seen = entry.Seen == seen ? size.At.Offset : entry.Seen;
        }
    }

    private Entry Use(StreamName document)
    {
        if (_entries.TryGetValue(document, out var node))
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value;
        }

        if (_entries.Count == MaxDocuments)
        {
            _entries.Remove(_byUse.First!.Value.Document);
            _byUse.RemoveFirst();
        }

        return (_entries[document] = _byUse.AddLast(new Entry(document))).Value;
    }

    private sealed class Entry(StreamName document)
    {
        public StreamName Document { get; } = document;

        public DocumentSize? Size { get; set; }

        /// <summary>The last change that this process knows of; those before it may be by others, and not counted yet.</summary>
        public long Seen { get; set; }

        public long? Asked { get; set; }

        /// <summary>Whether its state is larger than a snapshot may be, as a client has shown.</summary>
        public bool IsTooLarge { get; set; }
    }
}
