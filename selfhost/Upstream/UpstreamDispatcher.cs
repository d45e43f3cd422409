using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.SelfHost.Clients;

namespace Serverless.SelfHost.Upstream;

/// <summary>
/// Tells receivers what clients do, and clients what receivers answer. The events of a connection are posted one after the other, <c>connected</c> first, <c>disconnected</c>
/// last; those of several connections side by side. Contract, sections 4.5 and 4.6. Keeps nothing itself.
/// </summary>
internal sealed partial class UpstreamDispatcher(
    UpstreamTemplates templates,
    UpstreamSender sender,
    UpstreamSignature signature,
    ClientShutdown shutdown,
    NodeConnections connections,
    IOptions<UpstreamOptions> options,
    TimeProvider time,
    ILogger<UpstreamDispatcher> logger)
{
    /// <summary>What a waiting message takes besides its values.</summary>
    private const int MessageOverhead = 256;

    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(1);

    /// <summary>A client's handshake is done. Returns at once; what the client sends then waits for the answer.</summary>
    public void Connected(Caller caller)
    {
        if (templates.AreConfigured)
        {
            shutdown.Enter();
            caller.Upstream = new();
            caller.Upstream.Last = TellConnectedAsync(caller);
        }
    }

    /// <summary>A client calls a method. Returns when its next message may be read.</summary>
    public async ValueTask InvokeAsync(Caller caller, UpstreamQueue queue, HubMethodInvocationMessage message)
    {
        var bytes = MessageOverhead + message.Target.Length + message.Arguments.Sum(argument => argument is Payload payload ? payload.Bytes.Length : 0);
        var room = queue.Enter(bytes);
        queue.Last = InvokeInTurnAsync(queue.Last, caller, queue, message, bytes);
        while (!room.IsCompleted)
        {
            // the node itself doesn't read from the client meanwhile: it isn't silent
            caller.Connection.Received(connections.Tick);
            await Task.WhenAny(room, Task.Delay(SignOfLife, time));
        }
    }

    /// <summary>A client has gone. Returns at once.</summary>
    /// <param name="caller">The client.</param>
    /// <param name="error">Why; null when it left by itself, in order.</param>
    public void Disconnected(Caller caller, string? error)
    {
        if (caller.Upstream is { } queue)
        {
            queue.Last = TellDisconnectedAsync(queue.Last, caller, error);
        }
    }

    private async Task TellConnectedAsync(Caller caller)
    {
        try
        {
            if (await PostAsync(caller, UpstreamEvent.Connected, shutdown.Calls)
                is { Status: StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden } refused
                && options.Value.RefuseUnauthorized)
            {
                Log.Refused(logger, caller.Identity.Connection.Value, caller.Identity.Stream.Hub, refused.Status);
                caller.Connection.Close($"The application refused the connection: status code {refused.Status}.", Reconnect.Forbidden);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.EventFailed(logger, fault, UpstreamEvent.Connected.Name, caller.Identity.Connection.Value, caller.Identity.Stream.Hub);
        }
    }

    private async Task InvokeInTurnAsync(Task before, Caller caller, UpstreamQueue queue, HubMethodInvocationMessage message, int bytes)
    {
        await before;
        try
        {
            // what comes behind the node's own Close isn't served
            if (caller.Connection.CloseReason is null)
            {
                await InvokeAsync(caller, message);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.EventFailed(logger, fault, HeaderText.Shorten(message.Target), caller.Identity.Connection.Value, caller.Identity.Stream.Hub);
            Complete(caller, message.InvocationId, $"'{message.Target}' failed on the node.");
        }
        finally
        {
            queue.Leave(bytes);
        }
    }

    private async Task TellDisconnectedAsync(Task before, Caller caller, string? error)
    {
        await before;
        try
        {
            await PostAsync(caller, UpstreamEvent.Disconnected(error), shutdown.Last);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Log.EventFailed(logger, fault, "disconnected", caller.Identity.Connection.Value, caller.Identity.Stream.Hub);
        }
        finally
        {
            shutdown.Leave();
        }
    }

    private async Task InvokeAsync(Caller caller, HubMethodInvocationMessage message)
    {
        var answer = await PostAsync(caller, UpstreamEvent.Invoked(message, caller.Protocol), shutdown.Calls);
        if (message.InvocationId is not { } invocation)
        {
            return;
        }

        if (answer is null)
        {
            Complete(caller, invocation, $"Method '{message.Target}' isn't served: no upstream template matches it.");
        }
        else if (!answer.IsTaken)
        {
            Complete(caller, invocation, $"Invocation failed, {answer.BodyFault ?? $"status code {answer.Status}"}");
        }
        else if (answer.Body.IsEmpty && message is StreamInvocationMessage)
        {
            // its items and its end come by REST
        }
        else if (answer.Body.IsEmpty)
        {
            caller.Connection.Send(caller.Protocol.Write(CompletionMessage.Empty(invocation)));
        }
        else
        {
            caller.Connection.Send(AnswerFrame.From(answer.Body, caller.Protocol.Kind));
        }
    }

    /// <returns>Null when nobody gets the event.</returns>
    private async ValueTask<UpstreamAnswer?> PostAsync(Caller caller, UpstreamEvent happened, CancellationToken cancellationToken)
    {
        var client = caller.Identity;
        if (templates.Find(client.Stream.Hub, happened) is not { } template)
        {
            return null;
        }

        var answer = template.Url.Fill(client.Stream.Hub, happened.Category, happened.Name) is { } address
            ? await sender.SendAsync(new(client, happened, template, address, signature.Of(client.Connection.Value)), cancellationToken)
            : new(StatusCodes.Status404NotFound) { Reason = "The event's name makes no address with this template." };
        if (!answer.IsTaken)
        {
            Log.NotTaken(logger, HeaderText.Shorten(happened.Name), client.Connection.Value, client.Stream.Hub, answer.Status, answer.Reason ?? "");
        }

        return answer;
    }

    private static void Complete(Caller caller, string? invocation, string error)
    {
        if (invocation is not null)
        {
            caller.Connection.Send(caller.Protocol.Write(CompletionMessage.WithError(invocation, error)));
        }
    }
}
