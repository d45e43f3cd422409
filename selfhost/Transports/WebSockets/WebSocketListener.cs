using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Options;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Hosting;

namespace Serverless.SelfHost.Transports.WebSockets;

/// <summary>
/// Takes the WebSockets of <c>/client</c> at the listener, before HTTP, so that an open connection keeps no objects of HTTP. All else, and all that is to be refused, goes
/// on to HTTP untouched. Decision 0004.
/// </summary>
internal sealed class WebSocketListener(ClientAdmission admission, HubClient client, IOptions<HttpOptions> http, TimeProvider time)
{
    private static readonly byte[] TooLate = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray();

    /// <summary>Puts it before what a listener does with a connection.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => connection =>
        connection.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } ? ServeAsync(connection, socket, next) : next(connection);

    private async Task ServeAsync(ConnectionContext connection, Socket socket, ConnectionDelegate next)
    {
        switch (await BeginAsync(connection.Transport.Input))
        {
            case Beginning.WebSocket(var identity, var answer):
                await ServeAsync(identity, new(connection, socket), answer);
                break;
            case Beginning.Http:
                await next(connection);
                break;
            case Beginning.Late:
                // HTTP would wait for a byte that it hasn't seen
                await connection.Transport.Output.WriteAsync(TooLate);
                break;
        }
    }

    private async Task ServeAsync(ClientIdentity identity, DirectWebSocketIO io, byte[] answer)
    {
        try
        {
            await io.SendRawAsync(answer);
        }
        catch (IOException)
        {
            // the client has gone, and with it the connection
            return;
        }

        await client.RunAsync(identity, io);
    }

    /// <summary>Waits for the head of the first request; the limits are those of HTTP.</summary>
    /// <returns>Null when there is nothing to serve.</returns>
    private async ValueTask<Beginning?> BeginAsync(PipeReader input)
    {
        using var timeout = new CancellationTokenSource(http.Value.KeepAliveTimeout, time);
        await using var wake = timeout.Token.Register(input.CancelPendingRead);
        try
        {
            for (var isFirst = true; ; isFirst = false)
            {
                var read = await input.ReadAsync();
                if (Decide(read, out var used) is { } beginning)
                {
                    input.AdvanceTo(used);
                    return beginning;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCanceled)
                {
                    return isFirst ? null : new Beginning.Late();
                }

                if (isFirst)
                {
                    timeout.CancelAfter(http.Value.HeadersTimeout);
                }
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <returns>Null when it takes more bytes to tell.</returns>
    private Beginning? Decide(ReadResult read, out SequencePosition used)
    {
        used = read.Buffer.Start;
        if (read.IsCompleted
            || !UpgradeRequest.MayBegin(read.Buffer)
            || read.Buffer.Length > http.Value.MaxHeaderBytes + http.Value.MaxRequestLineBytes)
        {
            return new Beginning.Http();
        }

        if (!UpgradeRequest.TryRead(read.Buffer, out var request, out var end))
        {
            return null;
        }

        if (request is null || !admission.TryAdmitWebSocket(request.Http, out var identity, out _))
        {
            return new Beginning.Http();
        }

        used = end;
        return new Beginning.WebSocket(identity, request.Answer());
    }

    /// <summary>How a connection goes on.</summary>
    private abstract record Beginning
    {
        /// <summary>By HTTP.</summary>
        public sealed record Http : Beginning;

        /// <summary>Not at all: the head didn't come in time.</summary>
        public sealed record Late : Beginning;

        /// <summary>As a WebSocket.</summary>
        public sealed record WebSocket(ClientIdentity Identity, byte[] Answer) : Beginning;
    }
}
