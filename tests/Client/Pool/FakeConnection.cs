using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Client;

namespace Serverless.Tests.Client.Pool;

/// <summary>A connection that does what the test says, when it says so.</summary>
internal sealed class FakeConnection(string key, Action<FakeConnection> stopping) : IPoolConnection
{
    private readonly TaskCompletionSource _start = new();
    private readonly TaskCompletionSource _stop = new();
    private Action _closed = () => { };
    private Action _reconnected = () => { };
    private CancellationToken _token;

    public string Key => key;

    public HubConnectionState State { get; private set; } = HubConnectionState.Disconnected;

    public bool IsStarting => _token.CanBeCanceled && !_start.Task.IsCompleted;

    public bool IsOpen => _start.Task.IsCompletedSuccessfully && Stops == 0;

    public bool IsStopping => Stops > 0 && !IsStopped;

    public bool IsStopped => Stops > 0 && _stop.Task.IsCompleted;

    public bool IsGivenUp => _token.IsCancellationRequested || Stops > 0;

    public int Stops { get; private set; }

    public int Leases { get; set; }

    public DateTimeOffset IdleSince { get; set; }

    /// <summary>When somebody last waited for it to reconnect.</summary>
    public DateTimeOffset WantedAt { get; set; }

    public DateTimeOffset? GivenUpAt { get; set; }

    public void Watch(Action closed, Action reconnected) => (_closed, _reconnected) = (closed, reconnected);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        (_token, State) = (cancellationToken, HubConnectionState.Connecting);
        return _start.Task;
    }

    public ValueTask DisposeAsync()
    {
        Stops++;
        stopping(this);
        return new(_stop.Task);
    }

    public void FinishStart(HubConnectionState state = HubConnectionState.Connected)
    {
        State = state;
        _start.SetResult();
    }

    public void FailStart()
    {
        State = HubConnectionState.Disconnected;
        _start.SetException(_token.IsCancellationRequested ? new OperationCanceledException(_token) : new HttpRequestException("refused"));
    }

    public void FinishStop(bool orderly = true)
    {
        State = HubConnectionState.Disconnected;
        if (orderly)
        {
            _stop.SetResult();
        }
        else
        {
            _stop.SetException(new IOException("broken"));
        }
    }

    /// <param name="told">Whether the event is raised; the state says it anyway.</param>
    public void Close(bool told = true)
    {
        State = HubConnectionState.Disconnected;
        if (told)
        {
            _closed();
        }
    }

    public void Lose() => State = HubConnectionState.Reconnecting;

    public void Reconnect()
    {
        State = HubConnectionState.Connected;
        _reconnected();
    }
}
