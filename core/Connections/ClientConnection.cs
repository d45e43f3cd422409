using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Membership;

namespace Serverless.Connections;

/// <summary>One client of this node: who it is, what waits for it, and its end. Thread-safe.</summary>
public sealed class ClientConnection : IMember
{
    private readonly ConnectionIO _io;
    private readonly Outbox _outbox;
    private string? _closeReason;
    private int _receivedTick;
    private int _sentTick;
    private bool _closing;
    private AskedResults? _asked;

    /// <summary>Describes a client whose handshake is done; nothing is sent before <see cref="Start"/>.</summary>
    /// <param name="id">Unique in its hub.</param>
    /// <param name="user">Its user, or null.</param>
    /// <param name="protocol">What it speaks.</param>
    /// <param name="io">Its transport.</param>
    /// <param name="maxQueuedBytes">What may wait for it.</param>
    public ClientConnection(ConnectionId id, string? user, HubProtocolKind protocol, ConnectionIO io, int maxQueuedBytes)
    {
        (Id, User, Protocol, _io) = (id, user, protocol, io);
        _outbox = new(io, maxQueuedBytes);
    }

    /// <summary>Its name in the hub.</summary>
    public ConnectionId Id { get; }

    /// <summary>Its user, or null.</summary>
    public string? User { get; }

    /// <summary>What it speaks.</summary>
    public HubProtocolKind Protocol { get; }

    /// <summary>What placed it here.</summary>
    public PlacementKey Placed { get; init; } = PlacementKey.None;

    /// <summary>What its transport is called in metrics.</summary>
    internal string Transport => _io.Transport;

    /// <summary>When its authentication ends, and it with it.</summary>
    public Expiry Expiry { get; init; }

    /// <summary>Why the node ends or ended it; null while it doesn't, and when the client left by itself.</summary>
    public string? CloseReason => Volatile.Read(ref _closeReason);

    HashSet<string>? IMember.Groups { get; set; }

    int IMember.Index { get; set; } = -1;

    /// <summary>What its client was asked for. Most never are.</summary>
    internal AskedResults Asked => LazyInitializer.EnsureInitialized(ref _asked);

    /// <summary>Whether it has frames of the batch at hand; kept by its stream's delivery.</summary>
    internal bool IsTouched { get; set; }

    /// <summary>Sends the first frame, then what has waited.</summary>
    public void Start(ReadOnlyMemory<byte> first) => _outbox.Release(first);

    /// <summary>Queues a frame and sends it as soon as the transport is free.</summary>
    public void Send(ReadOnlyMemory<byte> frame)
    {
        switch (Enqueue(frame))
        {
            case Outcome.Queued:
                Flush();
                break;
            case Outcome.Full:
                CutSlow();
                break;
        }
    }

    /// <summary>Notes that the client gave a sign of life.</summary>
    /// <param name="tick">The node's count of seconds.</param>
    public void Received(int tick) => Volatile.Write(ref _receivedTick, tick);

    /// <summary>Whether its client was asked for a result under this id, and hadn't given it.</summary>
    internal bool TakeAsked(string invocation) => _asked?.Take(invocation) == true;

    /// <summary>Begins its times.</summary>
    internal void Begin(int tick)
    {
        Received(tick);
        Volatile.Write(ref _sentTick, tick);
    }

    /// <summary>Sends a Close message with the reason after all that waits, then ends the transport; a connection that isn't started is closed when it
    /// is. The first call counts.</summary>
    public void Close(string? reason, Reconnect reconnect)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason ?? "closed", null) is null)
        {
            _outbox.Complete(ControlFrame.Close(Protocol, reason, reconnect));
        }
    }

    /// <summary>Cuts the transport; nothing more is sent.</summary>
    public void Cut(string reason)
    {
        Interlocked.CompareExchange(ref _closeReason, reason, null);
        _outbox.End();
        _io.Abort();
    }

    /// <summary>Takes nothing more, since the transport has ended.</summary>
    public void End() => _outbox.End();

    /// <summary>Queues a frame that goes out with the next <see cref="Flush"/>. The caller cuts a client that is too slow for it, when it holds no lock.</summary>
    internal Outcome Enqueue(ReadOnlyMemory<byte> frame) => _outbox.Enqueue(frame);

    /// <summary>Cuts a client for which more waits than may.</summary>
    internal void CutSlow() => Cut("the client is too slow: more waited for it than Serverless:Connections:MaxQueuedBytes");

    /// <summary>Sends what waits.</summary>
    internal void Flush() => _outbox.Flush();

    /// <summary>Queues a frame that may be lost.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="isFirst">False when what waits is such frames of the same batch.</param>
    /// <returns>Whether it goes out with the next <see cref="Flush"/>; not when anything else waits.</returns>
    internal bool EnqueueVolatile(ReadOnlyMemory<byte> frame, bool isFirst) => _outbox.EnqueueVolatile(frame, isFirst);

    /// <summary>Closes it if its authentication has ended; the client may come back, with a new one.</summary>
    /// <param name="now">Unix seconds.</param>
    internal void CloseIfExpired(long now)
    {
        if (Expiry.IsOver(now))
        {
            Close("The authentication of the connection has expired.", Reconnect.Allowed);
        }
    }

    /// <summary>Pings a quiet client; closes a silent one; cuts one that was told to go and stays. Called by one thread at a time.</summary>
    /// <param name="tick">The node's count of seconds.</param>
    /// <param name="keepAlive">Seconds after which it is pinged, or cut when it was closed.</param>
    /// <param name="timeout">Seconds of silence after which it is dead.</param>
    internal void Beat(int tick, int keepAlive, int timeout)
    {
        if (CloseReason is not null)
        {
            if (!_closing)
            {
                (_closing, _sentTick) = (true, tick);
            }
            else if (tick - _sentTick >= keepAlive)
            {
                Cut("the client didn't close");
            }
        }
        else if (tick - Volatile.Read(ref _receivedTick) > timeout)
        {
            Close($"Nothing came from the client for {timeout} s.", Reconnect.Allowed);
        }
        else if (tick - Volatile.Read(ref _sentTick) >= keepAlive)
        {
            Volatile.Write(ref _sentTick, tick);
            Send(ControlFrame.Ping(Protocol));
        }
    }
}
