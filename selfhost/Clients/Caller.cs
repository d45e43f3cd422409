using Serverless.Connections;
using Serverless.SelfHost.Protocols;
using Serverless.SelfHost.Upstream;

namespace Serverless.SelfHost.Clients;

/// <summary>A client that calls methods, and how many of its calls are under way. One at a time is dispatched.</summary>
internal sealed class Caller(ClientIdentity identity, ClientConnection connection, HubProtocol protocol, int maxParallel)
{
    private readonly Lock _lock = new();
    private int _running;
    private TaskCompletionSource? _room;

    public ClientIdentity Identity { get; } = identity;

    public ClientConnection Connection { get; } = connection;

    public HubProtocol Protocol { get; } = protocol;

    /// <summary>Its events on their way upstream; null while its calls are served here.</summary>
    public UpstreamQueue? Upstream { get; set; }

    /// <summary>What the node's services are told of it, one after the other; null while they aren't told of it.</summary>
    public Task? Told { get; set; }

    /// <summary>Why it left, when it said so.</summary>
    public string? LeaveReason { get; set; }

    /// <summary>Counts a call in; done when there is room for it.</summary>
    public Task EnterAsync()
    {
        lock (_lock)
        {
            if (++_running <= maxParallel)
            {
                return Task.CompletedTask;
            }

            _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Counts a call out.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _running--;
            _room?.TrySetResult();
            _room = null;
        }
    }
}
