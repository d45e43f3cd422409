using System.Text.Json;
using Serverless.Events;
using Serverless.Log;
using Serverless.Sharding;

namespace Serverless.Services;

/// <summary>What all function triggers of a hub do: appends what happened, and has the services run. Thread-safe.</summary>
public sealed class HubTrigger(HubServices services, Pipeline pipeline, HubStreams streams, TimeProvider time)
{
    /// <summary>A client has come. Where our node sees it too, the node's event and this one are one.</summary>
    /// <exception cref="LogUnavailableException">It couldn't be stored for a while.</exception>
    public Task ConnectedAsync(HubCaller caller, CancellationToken cancellationToken) => LogPatience.RepeatAsync(
        async () =>
        {
            caller = Place(caller);
            await pipeline.AppendAsync(caller.Stream, ConnectionOpened.For(caller.Connection, caller.User), cancellationToken);
            await services.ConnectedAsync(caller, cancellationToken);
        },
        time,
        cancellationToken);

    /// <summary>A client has gone.</summary>
    /// <param name="caller">The client.</param>
    /// <param name="reason">Why, or null when it left by itself.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="LogUnavailableException">It couldn't be stored for a while.</exception>
    public Task DisconnectedAsync(HubCaller caller, string? reason, CancellationToken cancellationToken) => LogPatience.RepeatAsync(
        async () =>
        {
            caller = Place(caller);
            await pipeline.AppendAsync(caller.Stream, ConnectionClosed.For(caller.Connection, reason), cancellationToken);
            await services.DisconnectedAsync(caller, cancellationToken);
        },
        time,
        cancellationToken);

    /// <summary>A client calls a method.</summary>
    /// <param name="caller">The client.</param>
    /// <param name="method">The method's name.</param>
    /// <param name="arguments">The arguments, each as JSON.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Its result; null when it gives none.</returns>
    /// <exception cref="HubCallException">It was refused; the message is for the client.</exception>
    public async Task<JsonElement?> InvokeAsync(HubCaller caller, string method, IEnumerable<JsonElement> arguments, CancellationToken cancellationToken)
    {
        caller = Place(caller);
        Payload[] payloads = [.. arguments.Select(argument => Payload.FromJson(JsonSerializer.SerializeToUtf8Bytes(argument)))];
        return await services.InvokeAsync(new(caller, method, payloads), cancellationToken) switch
        {
            InvocationResult.Value(var value) => JsonSerializer.Deserialize<JsonElement>(value.Bytes.Span),
            InvocationResult.Failed(var error) => throw new HubCallException(error),
            _ => null,
        };
    }

    /// <summary>Triggers aren't told in which stream of its hub a client is: its id says it.</summary>
    private HubCaller Place(HubCaller caller) => caller with { Stream = streams.Of(caller.Stream, caller.Connection) };
}
