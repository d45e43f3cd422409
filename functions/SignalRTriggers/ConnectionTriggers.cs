using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hubs;
using Serverless.Services;

namespace Serverless.Functions.SignalRTriggers;

/// <summary>Clients come and go.</summary>
public sealed class ConnectionTriggers(HubTrigger hub)
{
    /// <summary>Done when it is stored. A fault is answered with 403, which closes the connection where the node, or the service, is set to heed it.</summary>
    [Function("connected")]
    public Task ConnectedAsync(
        [SignalRTrigger(HubNames.Chat, "connections", "connected")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.ConnectedAsync(context.AsCaller(), cancellationToken);

    /// <summary>Done when it is stored.</summary>
    [Function("disconnected")]
    public Task DisconnectedAsync(
        [SignalRTrigger(HubNames.Chat, "connections", "disconnected")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.DisconnectedAsync(context.AsCaller(), context.Error, cancellationToken);
}
