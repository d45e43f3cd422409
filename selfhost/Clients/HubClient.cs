using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.FanOut;
using Serverless.Log;
using Serverless.SelfHost.Protocols;
using Serverless.SelfHost.Transports;
using Serverless.SelfHost.Upstream;
using Serverless.Sharding;

namespace Serverless.SelfHost.Clients;

/// <summary>Serves one client from its handshake to its end, over any transport. Stateless.</summary>
internal sealed partial class HubClient(
    NodeConnections connections,
    InvocationDispatcher dispatcher,
    UpstreamDispatcher upstream,
    ClientPlaces places,
    Placement placement,
    IOptions<ConnectionOptions> options,
    TimeProvider time,
    ILogger<HubClient> logger)
{
    private const int MaxHandshakeBytes = 4096;

    private static readonly TimeSpan TimeToLeave = TimeSpan.FromSeconds(5);

    private static readonly ReadOnlyMemory<byte> HandshakeDone = "{}\u001e"u8.ToArray();

    /// <summary>Returns when the client has gone.</summary>
    public async Task RunAsync(ClientIdentity client, FramedIO io)
    {
        using var buffer = new ReceiveBuffer();
        var hasPlace = places.TryTake();
        try
        {
            if (!hasPlace)
            {
                // there was one when its request came
                await RefuseAsync(io, buffer, Refusal.Full.Reason);
            }
            else if (await HandshakeAsync(client.Times.HandshakeTimeout ?? options.Value.HandshakeTimeout, io, buffer) is { } protocol)
            {
                io.Use(protocol.Kind);
                await ServeAsync(client, protocol, io, buffer);
            }

            io.Finish();
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            Log.TransportBroke(logger, client.Connection.Value, fault.Message);
            io.Abort();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // for two transports nobody else would see it
            Log.ServingFailed(logger, fault, client.Connection.Value, client.Stream.ToString());
            io.Abort();
        }
        finally
        {
            if (hasPlace)
            {
                places.GiveBack();
            }
        }
    }

    private async Task<HubProtocol?> HandshakeAsync(TimeSpan within, FramedIO io, ReceiveBuffer buffer)
    {
        using var timeout = new CancellationTokenSource(within, time);
        do
        {
            HandshakeRequestMessage? request;
            try
            {
                var unread = new ReadOnlySequence<byte>(buffer.Unread);
                if (!HandshakeProtocol.TryParseRequestMessage(ref unread, out request))
                {
                    continue;
                }

                buffer.Consume(buffer.Unread.Length - (int)unread.Length);
            }
            catch (Exception malformed) when (malformed is InvalidDataException or JsonException or FormatException or InvalidOperationException)
            {
                await RefuseAsync(io, buffer, $"The handshake is malformed: {malformed.Message}");
                return null;
            }

            var protocol = HubProtocol.Find(request.Protocol, request.Version);
            if (protocol is null || (protocol.Kind == HubProtocolKind.MessagePack && !io.CarriesBinary))
            {
                await RefuseAsync(io, buffer, $"The protocol '{request.Protocol}' in version {request.Version} isn't supported over this transport.");
                return null;
            }

            return protocol;
        }
        while (buffer.Unread.Length <= MaxHandshakeBytes && await io.ReceiveAsync(buffer, timeout.Token));
        await RefuseAsync(io, buffer, "The handshake didn't come.");
        return null;
    }

    private async Task ServeAsync(ClientIdentity client, HubProtocol protocol, FramedIO io, ReceiveBuffer buffer)
    {
        var connection = new ClientConnection(client.Connection, client.User, protocol.Kind, io, options.Value.MaxQueuedBytes)
        {
            Expiry = client.Times.Expiry,
            Placed = client.Placed,
        };
        if (await OpenAsync(client, connection) is { } error)
        {
            await RefuseAsync(io, buffer, error);
            return;
        }

        var caller = new Caller(client, connection, protocol, options.Value.MaxParallelInvocations);
        try
        {
            connection.Start(HandshakeDone);
            if (!client.Placed.IsSentOn && placement.Elsewhere(client.Placed, client.User) is not null)
            {
                // the fleet has changed since its request came, and whoever moves clients may not have seen this one
                connection.Close(FleetMover.Reason, Reconnect.Allowed);
            }

            io.Opened(connection);
            upstream.Connected(caller);
            dispatcher.Connected(caller);
            await ReceiveAsync(caller, io, buffer);
        }
        catch (Exception fault)
        {
            caller.LeaveReason ??= fault.Message;
            throw;
        }
        finally
        {
            await CloseAsync(caller);
        }
    }

    private async Task CloseAsync(Caller caller)
    {
        var isStored = false;
        try
        {
            isStored = await connections.CloseAsync(caller.Identity.Stream, caller.Connection);
        }
        finally
        {
            upstream.Disconnected(caller, caller.Connection.CloseReason ?? caller.LeaveReason);
            dispatcher.Disconnected(caller, isStored);
        }
    }

    /// <returns>Null once it is open, else why it isn't.</returns>
    private async Task<string?> OpenAsync(ClientIdentity client, ClientConnection connection)
    {
        // gone when this returns: an open connection owns no timer
        using var timeout = new CancellationTokenSource(options.Value.HandshakeTimeout, time);
        try
        {
            return await connections.OpenAsync(client.Stream, connection, timeout.Token)
                ? null
                : "The connection id is or was in use: negotiate again.";
        }
        catch (Exception fault) when (fault is LogUnavailableException or OperationCanceledException)
        {
            Log.OpeningFailed(logger, fault, client.Connection.Value, client.Stream.ToString());
            return "The connection can't be stored now: try again.";
        }
    }

    private async Task ReceiveAsync(Caller caller, FramedIO io, ReceiveBuffer buffer)
    {
        var hasMore = true;
        try
        {
            // what came together with the end of the client's side counts too
            while (await DispatchAsync(caller, buffer) && hasMore)
            {
                hasMore = await io.ReceiveAsync(buffer, CancellationToken.None);
                caller.Connection.Received(connections.Tick);
            }
        }
        catch (InvalidDataException malformed)
        {
            Log.Malformed(logger, caller.Identity.Connection.Value, malformed.Message);
            caller.Connection.Close($"Connection closed with an error. {malformed.Message}", Reconnect.Forbidden);
        }

        if (hasMore)
        {
            await DrainAsync(io, buffer, CancellationToken.None);
        }
    }

    /// <summary>Dispatches the whole messages in the buffer.</summary>
    /// <returns>Whether to go on: neither side has said Close.</returns>
    private async ValueTask<bool> DispatchAsync(Caller caller, ReceiveBuffer buffer)
    {
        while (caller.Connection.CloseReason is null
            && caller.Protocol.Read(buffer.Unread, options.Value.MaxMessageBytes, out var message) is var length and > 0)
        {
            buffer.Consume(length);
            if (message is CloseMessage leave)
            {
                caller.LeaveReason = leave.Error;
                return false;
            }

            await dispatcher.DispatchAsync(caller, message);
        }

        return caller.Connection.CloseReason is null;
    }

    /// <summary>Lets a client that goes, or was told to, end its side; what it still sends is dropped. The heartbeat cuts one that stays.</summary>
    private static async Task DrainAsync(FramedIO io, ReceiveBuffer buffer, CancellationToken cancellationToken)
    {
        do
        {
            buffer.Consume(buffer.Unread.Length);
        }
        while (await io.ReceiveAsync(buffer, cancellationToken));
    }

    private async Task RefuseAsync(FramedIO io, ReceiveBuffer buffer, string error)
    {
        var output = new ArrayBufferWriter<byte>();
        HandshakeProtocol.WriteResponseMessage(new HandshakeResponseMessage(error), output);
        using var timeout = new CancellationTokenSource(TimeToLeave, time);
        // a client that doesn't take it is cut: no heartbeat watches this one
        await using var cut = timeout.Token.Register(io.Abort);
        await io.SendAsync(output.WrittenMemory);
        await io.CloseAsync();
        await DrainAsync(io, buffer, timeout.Token);
    }
}
