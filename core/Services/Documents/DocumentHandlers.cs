using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Services.Auth;
using Serverless.Sharding;

namespace Serverless.Services.Documents;

/// <summary>
/// Documents that clients edit together, as Yjs documents: <c>document-sync(id, position?, stateVector?)</c>, <c>document-change(id, update, key?)</c>,
/// <c>document-snapshot(id, position, state)</c>, <c>document-leave(id)</c>; those who have it open are called with <c>document-updated(id, position, update)</c>.
/// Each document has a stream of its own, beside the hub's. Shapes and errors: docs/documents.md.
/// </summary>
public sealed class DocumentHandlers : IHubService
{
    private readonly HubSender _sender;
    private readonly IAccessPolicy _access;
    private readonly DocumentOptions _options;
    private readonly DocumentSync _sync;
    private readonly DocumentCompaction _compaction;
    private readonly DocumentSizes _sizes;

    /// <summary>Keeps documents in a log.</summary>
    public DocumentHandlers(
        HubSender sender,
        IEventLog log,
        FrameCodec codec,
        IAccessPolicy access,
        IOptions<DocumentOptions> options,
        TimeProvider time,
        ILogger<DocumentHandlers> logger)
    {
        (_sender, _access, _options) = (sender, access, options.Value);
        var reader = new DocumentReader(log, codec, logger);
        _sync = new(reader, _options);
        _compaction = new(log, reader);
        _sizes = new(reader, _options, time);
        Methods = new Dictionary<string, HubMethod>
        {
            ["document-sync"] = SyncAsync,
            ["document-change"] = ChangeAsync,
            ["document-snapshot"] = CompactAsync,
            ["document-leave"] = LeaveAsync,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HubMethod> Methods { get; }

    /// <summary>Joins before it reads: what is changed after the reading is then delivered.</summary>
    private async ValueTask<InvocationResult> SyncAsync(Invocation call, CancellationToken cancellationToken)
    {
        var arguments = new DocumentArguments(call.Arguments);
        var id = arguments.Id(0);
        var position = arguments.Position(1);
        var known = arguments.StateVector(2, _options.MaxUpdateBytes);
        arguments.End(3);
        if (await RefuseAsync(call, arguments, id, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var joined = new GroupJoined { Group = DocumentNames.Group(id), Member = GroupMember.Connection(call.Caller.Connection) };
        await _sender.AppendAsync(call.Caller.Stream, joined, cancellationToken);
        var document = DocumentNames.Stream(call.Caller.Stream, id);
        var page = await _sync.ReadAsync(document, position, known, cancellationToken);
        // who has more to read can't compact yet
        var compact = !page.HasMore && await _sizes.AskAsync(document, cancellationToken);
        return DocumentReply.Synced(call.Arguments[0].Format, page, compact, _options);
    }

    /// <summary>A change that is repeated with its key is stored once, and sent on again: the first attempt may have ended between the two.</summary>
    private async ValueTask<InvocationResult> ChangeAsync(Invocation call, CancellationToken cancellationToken)
    {
        var arguments = new DocumentArguments(call.Arguments);
        var id = arguments.Id(0);
        var (bytes, update) = arguments.Update(1, "update", _options.MaxUpdateBytes);
        var key = arguments.Key(2);
        arguments.End(3);
        if (await RefuseAsync(call, arguments, id, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        if (update!.IsEmpty)
        {
            return new InvocationResult.Failed("The update changes nothing.");
        }

        var document = DocumentNames.Stream(call.Caller.Stream, id);
        var size = await _sizes.GetAsync(document, size => size.Total + bytes.Length <= _options.MaxDocumentBytes, cancellationToken);
        if (size.Total + bytes.Length > _options.MaxDocumentBytes)
        {
            return new InvocationResult.Failed(
                $"document-full: the document has {size.Total} bytes of at most {_options.MaxDocumentBytes}; it takes no change until a client compacts it.");
        }

        var change = new DocumentChanged { User = call.Caller.User, Update = bytes, Key = DocumentNames.ChangeKey(key) };
        var stored = await _sender.AppendAsync(document, change, cancellationToken);
        var message = new MessageSent
        {
            Audience = Audience.Group(DocumentNames.Group(id)),
            Target = DocumentNames.Updated,
            Arguments = DocumentReply.Update(id, stored.Position, bytes),
            Excluded = [call.Caller.Connection],
            Key = DocumentNames.MessageKey(id, stored.Position),
        };
        await _sender.AppendAsync(call.Caller.Stream, message, cancellationToken);
        if (!stored.IsDuplicate)
        {
            _sizes.Add(document, stored.Position, bytes.Length);
        }

        return DocumentReply.Changed(call.Arguments[0].Format, stored.Position, await _sizes.AskAsync(document, cancellationToken));
    }

    private async ValueTask<InvocationResult> CompactAsync(Invocation call, CancellationToken cancellationToken)
    {
        var arguments = new DocumentArguments(call.Arguments);
        var id = arguments.Id(0);
        var position = arguments.Position(1);
        var (bytes, state) = arguments.Update(2, "state", _options.MaxSnapshotBytes);
        arguments.End(3);
        var document = DocumentNames.Stream(call.Caller.Stream, id);
        if (await RefuseAsync(call, arguments, id, cancellationToken) is { } refusal)
        {
            if (bytes.Length > _options.MaxSnapshotBytes && await _access.AllowsAsync(call.Caller, AccessKind.Document, id, cancellationToken))
            {
                _sizes.TooLarge(document);
            }

            return refusal;
        }

        if (position is not { } at)
        {
            return new InvocationResult.Failed("A snapshot needs the position that it goes up to.");
        }

        if (await _compaction.ReplaceAsync(document, new(at, bytes), state!, cancellationToken) is { } fault)
        {
            return new InvocationResult.Failed(fault);
        }

        _sizes.Forget(document);
        return DocumentReply.Compacted(call.Arguments[0].Format, at);
    }

    private async ValueTask<InvocationResult> LeaveAsync(Invocation call, CancellationToken cancellationToken)
    {
        var arguments = new DocumentArguments(call.Arguments);
        var id = arguments.Id(0);
        arguments.End(1);
        if (await RefuseAsync(call, arguments, id, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var left = new GroupLeft { Group = DocumentNames.Group(id), Member = GroupMember.Connection(call.Caller.Connection) };
        await _sender.AppendAsync(call.Caller.Stream, left, cancellationToken);
        return InvocationResult.Done.Instance;
    }

    private async ValueTask<InvocationResult?> RefuseAsync(Invocation call, DocumentArguments arguments, string id, CancellationToken cancellationToken) =>
        arguments.Fault is { } fault ? new InvocationResult.Failed(fault)
        : await _access.AllowsAsync(call.Caller, AccessKind.Document, id, cancellationToken) ? null
        : InvocationResult.Failed.NotAllowed(call, AccessKind.Document, id);
}
