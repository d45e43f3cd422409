using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hubs;
using Serverless.Services;

namespace Serverless.Functions.SignalRTriggers;

/// <summary>Clients edit documents together: docs/documents.md.</summary>
public sealed class DocumentTriggers(HubTrigger hub)
{
    /// <summary>Gives what the caller lacks, and has it told of changes.</summary>
    [Function("document-sync")]
    public Task<JsonElement?> SyncAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "document-sync")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "document-sync", context.AsJson(), cancellationToken);

    /// <summary>Stores a change and tells the others.</summary>
    [Function("document-change")]
    public Task<JsonElement?> ChangeAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "document-change")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "document-change", context.AsJson(), cancellationToken);

    /// <summary>Compacts a document.</summary>
    [Function("document-snapshot")]
    public Task<JsonElement?> SnapshotAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "document-snapshot")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "document-snapshot", context.AsJson(), cancellationToken);

    /// <summary>The caller is told no more.</summary>
    [Function("document-leave")]
    public Task<JsonElement?> LeaveAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "document-leave")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "document-leave", context.AsJson(), cancellationToken);
}
