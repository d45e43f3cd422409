using Microsoft.Extensions.Options;
using Serverless.Connections;

namespace Serverless.SelfHost.Clients;

/// <summary>
/// Counts the clients that are served, from before their handshake to their end: as many as <c>Serverless:Connections:MaxConnections</c> says. Thread-safe.
/// </summary>
internal sealed class ClientPlaces(IOptions<ConnectionOptions> options)
{
    private int _taken;
    private TaskCompletionSource? _empty;

    /// <summary>How many are taken.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Whether the next one wouldn't be taken.</summary>
    public bool AreFull => Volatile.Read(ref _taken) >= options.Value.MaxConnections;

    /// <summary>Takes one, which is to be given back.</summary>
    public bool TryTake()
    {
        int taken;
        do
        {
            taken = Volatile.Read(ref _taken);
            if (taken >= options.Value.MaxConnections)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref _taken, taken + 1, taken) != taken);
        return true;
    }

    public void GiveBack()
    {
        if (Interlocked.Decrement(ref _taken) == 0)
        {
            Interlocked.Exchange(ref _empty, null)?.TrySetResult();
        }
    }

    /// <summary>Completes when none is taken, at once if so now.</summary>
    public Task EmptyAsync()
    {
        var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var empty = Interlocked.CompareExchange(ref _empty, wanted, null) ?? wanted;
        if (Taken == 0)
        {
            Interlocked.CompareExchange(ref _empty, null, empty);
            empty.TrySetResult();
        }

        return empty.Task;
    }
}
