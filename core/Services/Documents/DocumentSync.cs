using Serverless.Events;
using Serverless.Log;
using Serverless.Services.Documents.Yjs;

namespace Serverless.Services.Documents;

/// <summary>Finds what a client needs of a document. Stateless.</summary>
internal sealed class DocumentSync(DocumentReader reader, DocumentOptions options)
{
    /// <summary>What an update takes in a reply beside its bytes, roughly.</summary>
    private const int Overhead = 8;

    /// <summary>Reads a page.</summary>
    /// <param name="document">The document's stream.</param>
    /// <param name="position">The last change that the client has; null for none.</param>
    /// <param name="known">What the client has; null when it doesn't say.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<DocumentPage> ReadAsync(StreamName document, Position? position, ClockRanges? known, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < DocumentReader.MaxAttempts; attempt++)
        {
            ResetReason? reset = null;
            if (position is { } after)
            {
                var head = await reader.HeadAsync(document, cancellationToken);
                reset = await reader.VerifyAsync(document, after, cancellationToken);
                if (reset is null)
                {
                    if (await FillAsync(document, new(head, null, null), after, known, null, cancellationToken) is { } next)
                    {
                        return next;
                    }

                    continue;
                }
            }

            var beginning = await reader.BeginAsync(document, cancellationToken);
            if (await FillAsync(document, beginning, beginning.From, known, reset, cancellationToken) is { } first)
            {
                return first;
            }

            // trimming or a loss overtook the reading: once more
        }

        throw new LogUnavailableException(document, $"it can't be read; it was reset {DocumentReader.MaxAttempts} times meanwhile.");
    }

    private async ValueTask<DocumentPage?> FillAsync(
        StreamName document, StreamBeginning beginning, ReadFrom from, ClockRanges? known, ResetReason? reset, CancellationToken cancellationToken)
    {
        var head = beginning.Head.Head;
        var snapshot = beginning.Snapshot is { } kept && !IsKnown(kept.State, known) ? kept.State : (ReadOnlyMemory<byte>?)null;
        var bytes = snapshot?.Length ?? 0;
        var updates = new List<ReadOnlyMemory<byte>>();
        while (from.Offset < head.Offset)
        {
            if (await reader.ReadAsync(document, from, beginning.Head, options.PageBytes, cancellationToken) is not { } page)
            {
                return null;
            }

            if (page.End == from.Position)
            {
                // what there was is lost
                break;
            }

            foreach (var stored in page.Updates)
            {
                if (stored.Update is { } update && !IsKnown(update, known))
                {
                    // from the start there is no position yet to go on from: then the first goes with the snapshot
                    if (bytes > 0 && from.Position is { } at && bytes + update.Length + Overhead > options.PageBytes)
                    {
                        return new(at, snapshot, updates, HasMore: true, reset);
                    }

                    updates.Add(update);
                    bytes += update.Length + Overhead;
                }

                from = stored.At;
            }

            from = page.End;
        }

        return new(from.Position ?? head, snapshot, updates, HasMore: false, reset);
    }

    private static bool IsKnown(ReadOnlyMemory<byte> update, ClockRanges? known)
    {
        if (known is null)
        {
            return false;
        }

        try
        {
            var (structs, deletes) = YjsUpdate.Read(update.Span);
            return deletes.IsEmpty && known.Covers(structs);
        }
        catch (FormatException)
        {
            // checked before it was stored: by a version with other rules
            return false;
        }
    }
}
