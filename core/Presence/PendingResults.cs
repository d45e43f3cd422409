using System.Collections.Concurrent;
using Serverless.Events;

namespace Serverless.Presence;

/// <summary>The results that are waited for in one stream. Thread-safe.</summary>
internal sealed class PendingResults
{
    private readonly ConcurrentDictionary<string, PendingResult> _pending = [];

    /// <summary>Waits for a result from now on.</summary>
    public PendingResult Add(string invocation, ConnectionId connection)
    {
        var pending = new PendingResult(this, invocation, connection);
        _pending[invocation] = pending;
        return pending;
    }

    /// <summary>Waits no more.</summary>
    public void Remove(PendingResult pending) => _pending.TryRemove(new(pending.Invocation, pending));

    /// <summary>The stream isn't followed any more.</summary>
    public void Lose(Exception fault)
    {
        foreach (var (_, pending) in _pending)
        {
            pending.Lose(fault);
        }
    }

    /// <summary>Takes what an event says of them.</summary>
    public void Apply(Event value)
    {
        switch (value)
        {
            case InvocationCompleted completed when _pending.TryGetValue(completed.Invocation, out var pending) && pending.Connection == completed.Connection:
                pending.Set(completed.Error is { } error ? new ClientResult.Failed(error) : new ClientResult.Given(completed.Result));
                break;
            case ConnectionClosed closed:
                foreach (var (_, asked) in _pending)
                {
                    if (asked.Connection == closed.Connection)
                    {
                        asked.Set(new ClientResult.NotThere());
                    }
                }

                break;
        }
    }
}
