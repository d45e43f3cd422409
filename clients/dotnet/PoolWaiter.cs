namespace Serverless.Client;

/// <summary>An acquire that waits. Guarded by the pool's lock.</summary>
internal sealed class PoolWaiter(PoolEntry entry) : TaskCompletionSource<PooledConnection>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>What it waits for; another one after a replacement.</summary>
    public PoolEntry Entry { get; set; } = entry;

    public CancellationTokenRegistration Registration { get; set; }
}
