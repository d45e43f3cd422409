using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;
using Serverless.Services;

namespace Serverless.Functions.SignalRTriggers;

/// <summary>What the extension hands to a trigger, as services see it.</summary>
internal static class TriggerCaller
{
    public static HubCaller AsCaller(this SignalRInvocationContext context) =>
        HubCaller.FromTrigger(context.Hub, context.ConnectionId, context.UserId, name => Claim(context, name));

    public static IEnumerable<JsonElement> AsJson(this SignalRInvocationContext context) =>
        (context.Arguments ?? []).Select(argument => argument is JsonElement json ? json : JsonSerializer.SerializeToElement(argument));

    private static string? Claim(SignalRInvocationContext context, string name) =>
        context.Claims is { } claims && claims.TryGetValue(name, out var values) && !StringValues.IsNullOrEmpty(values) ? values[0] : null;
}
