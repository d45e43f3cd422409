using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.Events;
using Serverless.Log;
using Serverless.SelfHost.Upstream;
using Serverless.Services;

namespace Serverless.SelfHost.Clients;

/// <summary>Takes a client's messages to the handlers, or upstream, and answers with their completions. Calls of one client are handed on in order; several may be under
/// way, up to <c>MaxParallelInvocations</c>. Stateless.</summary>
internal sealed partial class InvocationDispatcher(
    HubServices services,
    UpstreamDispatcher upstream,
    NodeConnections connections,
    Pipeline pipeline,
    IOptions<HandlerOptions> options,
    IHostEnvironment environment,
    ClientShutdown shutdown,
    TimeProvider time,
    ILogger<InvocationDispatcher> logger)
{
    private readonly bool _enabled = options.Value.Enabled ?? environment.IsDevelopment();

    /// <summary>Handles a message; returns when the next one may be read.</summary>
    /// <param name="caller">The client.</param>
    /// <param name="message">Null stands for a kind that isn't known, which is passed over.</param>
    public ValueTask DispatchAsync(Caller caller, HubMessage? message)
    {
        switch (message)
        {
            case HubMethodInvocationMessage invocation when caller.Upstream is { } queue:
                return upstream.InvokeAsync(caller, queue, invocation);
            case InvocationMessage invocation:
                return InvokeAsync(caller, invocation);
            case InvocationBindingFailureMessage failure:
                Complete(caller, failure.InvocationId, new InvocationResult.Failed(
                    $"Failed to invoke '{failure.Target}': its arguments can't be read. {failure.BindingFailure.SourceException.Message}"));
                return ValueTask.CompletedTask;
            case StreamInvocationMessage stream:
                Complete(caller, stream.InvocationId, new InvocationResult.Failed($"'{stream.Target}' can't be streamed: this hub has no streams."));
                return ValueTask.CompletedTask;
            case CompletionMessage { InvocationId: { } asked } completion:
                connections.Complete(
                    caller.Identity.Stream, caller.Connection, asked, completion.Error, completion.HasResult ? completion.Result as Payload? : null);
                return ValueTask.CompletedTask;
            default:
                // pings, acks, and items of streams that don't exist
                return ValueTask.CompletedTask;
        }
    }

    /// <summary>Tells the services that a client has come, unless that goes upstream; returns at once.</summary>
    public void Connected(Caller caller)
    {
        if (_enabled && caller.Upstream is null)
        {
            shutdown.Enter();
            caller.Told = TellAsync(caller, services.ConnectedAsync, shutdown.Calls);
        }
    }

    /// <summary>Tells the services that a client has gone, if they know that it came; returns at once. A node that stops waits for it.</summary>
    /// <param name="caller">The client.</param>
    /// <param name="isStored">Whether the stream has its end.</param>
    public void Disconnected(Caller caller, bool isStored)
    {
        if (caller.Told is { } coming)
        {
            caller.Told = TellLastAsync(coming, caller, isStored);
        }
    }

    private async Task TellLastAsync(Task coming, Caller caller, bool isStored)
    {
        await coming;
        await TellAsync(caller, DisconnectedAsync, shutdown.Last);
        shutdown.Leave();

        async ValueTask DisconnectedAsync(HubCaller client, CancellationToken cancellationToken)
        {
            if (!isStored)
            {
                // the log didn't answer; for the services a client without an end is still there
                await pipeline.AppendAsync(client.Stream, ConnectionClosed.For(client.Connection, caller.Connection.CloseReason), cancellationToken);
            }

            await services.DisconnectedAsync(client, cancellationToken);
        }
    }

    /// <summary>Nobody repeats it, so it is tried again here. Never throws.</summary>
    private async Task TellAsync(Caller caller, Func<HubCaller, CancellationToken, ValueTask> tell, CancellationToken cancellationToken)
    {
        try
        {
            await LogPatience.RepeatAsync(() => tell(caller.Identity.AsCaller(), cancellationToken).AsTask(), time, cancellationToken);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.ServicesNotTold(logger, fault, caller.Identity.Connection.Value, caller.Identity.Stream.ToString());
        }
    }

    private async ValueTask InvokeAsync(Caller caller, InvocationMessage message)
    {
        if (!_enabled)
        {
            Complete(caller, message.InvocationId, new InvocationResult.Failed(
                $"Method '{message.Target}' isn't served: no upstream is configured, and Serverless:Handlers:Enabled is off."));
            return;
        }

        var arguments = new Payload[message.Arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = (Payload)message.Arguments[i]!;
        }

        var room = caller.EnterAsync();
        _ = RunAsync(caller, message, new(caller.Identity.AsCaller(), message.Target, arguments));
        await room;
    }

    /// <summary>Runs as far as the event waits to be stored before it returns: so calls keep their order. Never throws.</summary>
    private async Task RunAsync(Caller caller, InvocationMessage message, Invocation call)
    {
        InvocationResult result;
        try
        {
            result = await services.InvokeAsync(call, CancellationToken.None);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.InvocationFailed(logger, fault, message.Target, caller.Identity.Connection.Value, caller.Identity.Stream.ToString());
            result = fault is LogUnavailableException
                ? InvocationResult.Failed.Unanswered(message.Target)
                : new InvocationResult.Failed($"'{message.Target}' failed on the node.");
        }

        try
        {
            Complete(caller, message.InvocationId, result);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.InvocationFailed(logger, fault, message.Target, caller.Identity.Connection.Value, caller.Identity.Stream.ToString());
            Complete(caller, message.InvocationId, new InvocationResult.Failed($"The result of '{message.Target}' can't be written."));
        }
        finally
        {
            caller.Leave();
        }
    }

    private void Complete(Caller caller, string? invocation, InvocationResult result)
    {
        if (invocation is null)
        {
            if (result is InvocationResult.Failed refused)
            {
                Log.SendRefused(logger, caller.Identity.Connection.Value, refused.Error);
            }

            return;
        }

        caller.Connection.Send(caller.Protocol.Write(result switch
        {
            InvocationResult.Value(var payload) => CompletionMessage.WithResult(invocation, payload),
            InvocationResult.Failed(var error) => CompletionMessage.WithError(invocation, error),
            _ => CompletionMessage.Empty(invocation),
        }));
    }
}
