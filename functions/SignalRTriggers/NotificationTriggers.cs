using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hubs;
using Serverless.Services;

namespace Serverless.Functions.SignalRTriggers;

/// <summary>Clients send, list and read notifications. What each does: docs of <c>NotificationHandlers</c>.</summary>
public sealed class NotificationTriggers(HubTrigger hub)
{
    /// <summary>Sends one.</summary>
    [Function("notification-send")]
    public Task<JsonElement?> SendAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "notification-send")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "notification-send", context.AsJson(), cancellationToken);

    /// <summary>Lists the caller's.</summary>
    [Function("notification-list")]
    public Task<JsonElement?> ListAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "notification-list")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "notification-list", context.AsJson(), cancellationToken);

    /// <summary>Marks some as read.</summary>
    [Function("notification-read")]
    public Task<JsonElement?> ReadAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "notification-read")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "notification-read", context.AsJson(), cancellationToken);

    /// <summary>Marks all as read.</summary>
    [Function("notification-read-all")]
    public Task<JsonElement?> ReadAllAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "notification-read-all")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "notification-read-all", context.AsJson(), cancellationToken);
}
