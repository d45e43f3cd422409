using Serverless.Events;
using Serverless.Log;
using Serverless.Sharding;

namespace Serverless.Presence;

/// <summary>Asks clients for results, on whatever node they are: the question is a message in the stream, and so is the answer. Thread-safe.</summary>
public sealed class ClientResults(Rosters rosters, Pipeline pipeline, HubStreams streams, TimeProvider time)
{
    /// <summary>Calls a client's method and waits for what it gives.</summary>
    /// <param name="stream">A stream of the hub.</param>
    /// <param name="connection">The client's.</param>
    /// <param name="question">What it is called with; audience and invocation are set here.</param>
    /// <param name="within">How long the client has.</param>
    /// <param name="cancellationToken">Stops the wait; the client may have been asked.</param>
    /// <exception cref="LogUnavailableException">The log is out of reach, or lost what the client may have answered.</exception>
    public async Task<ClientResult> AskAsync(
        StreamName stream, ConnectionId connection, MessageSent question, TimeSpan within, CancellationToken cancellationToken)
    {
        stream = streams.Of(stream, connection);
        var invocation = Guid.NewGuid().ToString("N");
        using var pending = await rosters.ExpectAsync(stream, connection, invocation, cancellationToken);
        if (pending.Result.IsCompleted)
        {
            return await pending.Result;
        }

        var asked = question with { Audience = Audience.Connection(connection), Invocation = invocation };
        if ((await pipeline.AppendAsync(stream, asked, cancellationToken)).IsDuplicate)
        {
            return new ClientResult.AskedBefore();
        }

        try
        {
            return await pending.Result.WaitAsync(within, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new ClientResult.TooLate();
        }
    }
}
