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

    public void Fail(Exception fault) => _completion.TrySetException(fault);

    private static int Measure(IReadOnlyList<Event> events)
    {
        var bytes = 0;
        for (var i = 0; i < events.Count; i++)
        {
            bytes += Overhead + (events[i] is MessageSent message ? message.Arguments.Bytes.Length : 0);
        }

        return bytes;
    }
}
