using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Primitives;
using Serverless.Services;
using Serverless.Services.Auth;

namespace Serverless.Functions.SignalRTriggers;

/// <summary>What the extension hands to a trigger, as services see it.</summary>
internal static class TriggerCaller
{
    public static HubCaller AsCaller(this SignalRInvocationContext context) => new(
        new(context.Hub), new(context.ConnectionId), string.IsNullOrEmpty(context.UserId) ? null : Uri.UnescapeDataString(context.UserId))
    {
        Access = Access.Parse(Claim(context, Access.GroupsClaim), Claim(context, Access.DocumentsClaim)),
    };

    public static IEnumerable<JsonElement> AsJson(this SignalRInvocationContext context) =>
        (context.Arguments ?? []).Select(argument => argument is JsonElement json ? json : JsonSerializer.SerializeToElement(argument));

    private static string? Claim(SignalRInvocationContext context, string name) =>
        context.Claims is { } claims && claims.TryGetValue(name, out var values) && !StringValues.IsNullOrEmpty(values) ? values[0] : null;
}
