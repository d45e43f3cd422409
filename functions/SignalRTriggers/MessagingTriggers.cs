using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hubs;
using Serverless.Services;

namespace Serverless.Functions.SignalRTriggers;

/// <summary>Clients join, leave and send. What each does: docs of <c>MessagingHandlers</c>.</summary>
public sealed class MessagingTriggers(HubTrigger hub)
{
    /// <summary>Joins a group.</summary>
    [Function("JoinGroup")]
    public Task<JsonElement?> JoinGroupAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "JoinGroup")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "JoinGroup", context.AsJson(), cancellationToken);

    /// <summary>Leaves a group.</summary>
    [Function("LeaveGroup")]
    public Task<JsonElement?> LeaveGroupAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "LeaveGroup")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "LeaveGroup", context.AsJson(), cancellationToken);

    /// <summary>Sends to a group.</summary>
    [Function("SendToGroup")]
    public Task<JsonElement?> SendToGroupAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "SendToGroup")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "SendToGroup", context.AsJson(), cancellationToken);

    /// <summary>Sends to a user.</summary>
    [Function("SendToUser")]
    public Task<JsonElement?> SendToUserAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "SendToUser")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "SendToUser", context.AsJson(), cancellationToken);

    /// <summary>Sends to all.</summary>
    [Function("Broadcast")]
    public Task<JsonElement?> BroadcastAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "Broadcast")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "Broadcast", context.AsJson(), cancellationToken);

    /// <summary>Gives its value back.</summary>
    [Function("Echo")]
    public Task<JsonElement?> EchoAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "Echo")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "Echo", context.AsJson(), cancellationToken);
}
