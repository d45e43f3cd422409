using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hubs;
using Serverless.Services;

namespace Serverless.Functions.SignalRTriggers;

/// <summary>Clients join rooms, show themselves there, and go. What each does: docs of <c>PresenceHandlers</c>.</summary>
public sealed class PresenceTriggers(HubTrigger hub)
{
    /// <summary>Joins a room and shows a state.</summary>
    [Function("presence-join")]
    public Task<JsonElement?> JoinAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "presence-join")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "presence-join", context.AsJson(), cancellationToken);

    /// <summary>Changes the state.</summary>
    [Function("presence-state")]
    public Task<JsonElement?> ChangeStateAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "presence-state")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "presence-state", context.AsJson(), cancellationToken);

    /// <summary>Lists who is in a room.</summary>
    [Function("presence-users")]
    public Task<JsonElement?> ListUsersAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "presence-users")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "presence-users", context.AsJson(), cancellationToken);

    /// <summary>Leaves a room.</summary>
    [Function("presence-leave")]
    public Task<JsonElement?> LeaveAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "presence-leave")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "presence-leave", context.AsJson(), cancellationToken);

    /// <summary>Moves a cursor.</summary>
    [Function("cursor-move")]
    public Task<JsonElement?> MoveCursorAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "cursor-move")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "cursor-move", context.AsJson(), cancellationToken);

    /// <summary>Tells that somebody types, or stopped.</summary>
    [Function("typing")]
    public Task<JsonElement?> TypeAsync(
        [SignalRTrigger(HubNames.Chat, "messages", "typing")] SignalRInvocationContext context, CancellationToken cancellationToken) =>
        hub.InvokeAsync(context.AsCaller(), "typing", context.AsJson(), cancellationToken);
}
