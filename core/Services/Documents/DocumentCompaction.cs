using Serverless.Events;
using Serverless.Log;
using Serverless.Services.Documents.Yjs;

namespace Serverless.Services.Documents;

/// <summary>Puts a snapshot that a client has made in the place of the changes in it, once it is seen to have each of them. Stateless.</summary>
internal sealed class DocumentCompaction(IEventLog log, DocumentReader reader)
{
    private const string HasLater = "A later snapshot is kept already.";
    private const string NoSuchPosition = "The document has no such position any more: sync first.";

    /// <summary>Keeps a snapshot, and drops what is in it.</summary>
    /// <param name="document">The document's stream.</param>
    /// <param name="snapshot">What a client has made of all changes up to its position.</param>
    /// <param name="made">What its state has.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Null when it is done; else why not: then nothing has changed.</returns>
    /// <exception cref="LogUnavailableException">The outcome is unknown; nothing is lost.</exception>
    public async ValueTask<string?> ReplaceAsync(StreamName document, Snapshot snapshot, YjsUpdate made, CancellationToken cancellationToken)
    {
        var beginning = await reader.BeginAsync(document, cancellationToken);
        var reason = await reader.VerifyAsync(document, snapshot.At, cancellationToken);
        if (reason == ResetReason.TailLost)
        {
            return NoSuchPosition;
        }

        if (reason == ResetReason.Trimmed || snapshot.At.Offset <= beginning.From.Offset)
        {
            return HasLater;
        }

        if (await FindMissingAsync(document, beginning, snapshot.At, made, cancellationToken) is { } missing)
        {
            return missing;
        }

        // what was dropped while this read it was not compared
        var now = await reader.BeginAsync(document, cancellationToken);
        if (now.Head.Trimmed != beginning.Head.Trimmed || now.Snapshot?.At != beginning.Snapshot?.At)
        {
            return "The document was compacted meanwhile: a later snapshot may be kept already.";
        }

        switch (await log.SaveSnapshotAsync(document, snapshot, cancellationToken))
        {
            case SaveResult.Superseded:
                return HasLater;
            case SaveResult.OffChain:
                return NoSuchPosition;
            default:
                await log.TrimAsync(document, snapshot.At.Offset, cancellationToken);
                return null;
        }
    }

    private async ValueTask<string?> FindMissingAsync(
        StreamName document, StreamBeginning beginning, Position to, YjsUpdate made, CancellationToken cancellationToken)
    {
        var stored = new ClockRanges();
        if (beginning.Snapshot is { } kept && !Has(made, kept.State, stored))
        {
            return "The state lacks something of the snapshot that is kept: sync first.";
        }

        string? fault = null;
        var end = await reader.ReadToAsync(
            document,
            beginning.From,
            beginning.Head,
            beginning.Head.Head.Offset,
            change =>
            {
                fault = change.Update is not { } update ? "The document has an event that this version doesn't know."
                    : Has(made, update, stored) || change.At.Offset > to.Offset ? null
                    : $"The state lacks something of the change at {change.At}: sync first.";
                return fault is null;
            },
            cancellationToken);
        return end is null ? "The document was compacted, or reset, meanwhile: sync first."
            : fault ?? (stored.Covers(made.Structs) ? null : "The state has something that isn't stored: others wouldn't get it. Send it as a change first.");
    }

    /// <summary>Whether a state has an update, which is added to what is stored. Deletions may be more in the state: merging makes some by itself.</summary>
    private static bool Has(YjsUpdate made, ReadOnlyMemory<byte> update, ClockRanges stored)
    {
        try
        {
            var (structs, deletes) = YjsUpdate.Read(update.Span);
            stored.Add(structs);
            return made.Structs.Covers(structs) && made.Deletes.Covers(deletes);
        }
        catch (FormatException)
        {
            // checked before it was stored, by a version with other rules: it is never dropped unseen
            return false;
        }
    }
}
