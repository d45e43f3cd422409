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
            // a document that didn't exist has no place to go on from; from a place, nothing was trimmed unseen
            size = size is not null && size.At != Position.Start
                && await AdvanceAsync(document, size, StreamHead.None, seen, cancellationToken) is { } advanced
                ? advanced
                : await MeasureAsync(document, cancellationToken);
            Set(document, size);
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

    /// <summary>The size, measured again when it is not what was expected and the document was compacted meanwhile.</summary>
    /// <param name="document">The document's stream.</param>
    /// <param name="isExpected">Whether a size needs no second look.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<DocumentSize> GetAsync(StreamName document, Func<DocumentSize, bool> isExpected, CancellationToken cancellationToken)
    {
        var size = await GetAsync(document, cancellationToken);
        if (!isExpected(size) && (await reader.HeadAsync(document, cancellationToken)).Trimmed != size.Trimmed)
        {
            size = await MeasureAsync(document, cancellationToken);
            Set(document, size);
        }

        return size;
    }

    /// <summary>Whether the caller is to compact: one is asked at a time, and another after a pause.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<bool> AskAsync(StreamName document, CancellationToken cancellationToken)
    {
        if (!(await GetAsync(document, size => !size.WantsCompaction(options), cancellationToken)).WantsCompaction(options))
        {
            return false;
        }

        lock (_lock)
        {
            var (entry, now) = (Use(document), time.GetTimestamp());
            if (entry.IsTooLarge)
            {
                return false;
            }

            if (entry.Asked is { } asked && time.GetElapsedTime(asked, now) < options.CompactPause)
            {
                return false;
            }

            entry.Asked = now;
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
            var size = new DocumentSize(beginning.Snapshot?.State.Length ?? 0, 0, beginning.After, head.Trimmed);
            if (await AdvanceAsync(document, size, head, head.Head.Offset, cancellationToken) is { } measured)
            {
                return measured with { At = head.Head };
            }
        }

        throw new LogUnavailableException(document, $"its size can't be read; it was reset {DocumentReader.MaxAttempts} times meanwhile.");
    }

    private async ValueTask<DocumentSize?> AdvanceAsync(
        StreamName document, DocumentSize size, StreamHead head, long to, CancellationToken cancellationToken)
    {
        var (tail, at) = (size.Tail, size.At);
        var isWhole = await reader.ReadToAsync(
            document,
            at,
            head,
            to,
            stored =>
            {
                tail += stored.Update?.Length ?? 0;
                at = stored.At;
                return true;
            },
            cancellationToken);
        return isWhole ? size with { Tail = tail, At = at } : null;
    }

    private (DocumentSize? Size, long Seen) Find(StreamName document)
    {
        lock (_lock)
        {
            var entry = Use(document);
            return (entry.Size, entry.Seen);
        }
    }

    private void Set(StreamName document, DocumentSize size)
    {
        lock (_lock)
        {
            var entry = Use(document);
            // what was measured at the same time and is later holds; a shorter stream has lost its tail
            if (entry.Size is null || entry.Size.Trimmed != size.Trimmed || entry.Size.At.Epoch != size.At.Epoch || entry.Size.At.Offset < size.At.Offset)
            {
                entry.Size = size;
            }

            // a gap that came up meanwhile shows at the next change
            entry.Seen = entry.Size.At.Offset;
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
