namespace Serverless.SelfHost.Upstream;

/// <summary>The events of one connection, each posted when the one before it was answered. Messages of up to 64 KiB together wait, or a single larger one; then the client isn't
/// read from. One thread at a time adds.</summary>
internal sealed class UpstreamQueue
{
    private const int MaxWaitingBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private int _waiting;
    private TaskCompletionSource? _room;

    /// <summary>Done when all that was added is; never fails.</summary>
    public Task Last { get; set; } = Task.CompletedTask;

    /// <summary>Counts a message in.</summary>
    /// <returns>Done when there is room for the next.</returns>
    public Task Enter(int bytes)
    {
        lock (_lock)
        {
            _waiting += bytes;
            if (_waiting <= MaxWaitingBytes)
            {
                return Task.CompletedTask;
            }

            _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>Counts a message out.</summary>
    public void Leave(int bytes)
    {
        lock (_lock)
        {
            _waiting -= bytes;
            if (_waiting <= MaxWaitingBytes)
            {
                _room?.TrySetResult();
                _room = null;
            }
        }
    }
}
