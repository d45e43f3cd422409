using Serverless.Batching;
using Serverless.Events;

namespace Serverless.Log;

/// <summary>The events of one call that wait to be stored, and the call that waits for them.</summary>
internal sealed class PendingAppend(IReadOnlyList<Event> events) : IBatchItem
{
    /// <summary>What an event takes beside its payload, roughly.</summary>
    private const int Overhead = 64;

    private readonly TaskCompletionSource<StoredEvent[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<Event> Events { get; } = events;

    public int EventCount => Events.Count;

    public int ByteCount { get; } = Measure(events);

    /// <summary>Done when the events are stored.</summary>
    public Task<StoredEvent[]> Stored => _completion.Task;

    public void Complete(StoredEvent[] places) => _completion.TrySetResult(places);

    public void Fail(Exception fault)
    {
        _completion.TrySetException(fault);
        // a call that stopped waiting doesn't look at it any more
        _ = _completion.Task.Exception;
    }

    private static int Measure(IReadOnlyList<Event> events)
    {
        var bytes = 0L;
        for (var i = 0; i < events.Count; i++)
        {
            bytes += Overhead + (events[i] switch
            {
                MessageSent message => message.Arguments.Bytes.Length + message.Target.Length + message.Excluded.Sum(id => (long)id.Value.Length),
                PresenceChanged presence => presence.State.Bytes.Length,
                DocumentChanged document => document.Update.Length,
                _ => 0,
            });
        }

        return (int)Math.Min(bytes, int.MaxValue);
    }
}
