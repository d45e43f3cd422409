using System.Runtime.InteropServices;
using Serverless.Codec;
using Serverless.Events;

namespace Serverless.Log;

/// <summary>
/// Stores one batch at a time in one stream: equal keys are merged, events whose keys the stream knows are taken out, and each call is told
/// where its own events stand.
/// </summary>
internal sealed class StreamAppender(StreamName stream, IEventLog log, FrameCodec codec, TimeProvider time)
{
    /// <summary>Appends all events of the calls, in order, and completes the calls. Never throws: a fault goes to the calls.</summary>
    public async Task AppendAsync(IReadOnlyList<PendingAppend> calls)
    {
        try
        {
            var places = await StoreAsync(new Batch(calls));
            var next = 0;
            foreach (var call in calls)
            {
                call.Complete(places[next..(next + call.EventCount)]);
                next += call.EventCount;
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            foreach (var call in calls)
            {
                call.Fail(fault);
            }
        }
    }

    private async Task<StoredEvent[]> StoreAsync(Batch batch)
    {
        while (batch.Unstored.Count > 0)
        {
            var now = time.GetUtcNow();
            var encoded = new EncodedBatch(codec.Encode(batch.Unstored, now), batch.Unstored.Count, now, batch.Keys());
            switch (await log.AppendAsync(stream, encoded, CancellationToken.None))
            {
                case AppendResult.Appended(var last):
                    batch.Stored(last);
                    break;
                case AppendResult.Duplicate(var known):
                    batch.TakeOut(known);
                    break;
            }
        }

        return batch.Places();
    }

    /// <summary>The events of several calls, flattened: those not stored yet, and for each event which of them, or what place, is its own.</summary>
    private sealed class Batch
    {
        private readonly List<Event> _unstored = [];
        private readonly List<int> _owners = [];
        private readonly int[] _first;
        private readonly StoredEvent[] _places;

        public Batch(IReadOnlyList<PendingAppend> calls)
        {
            _first = new int[calls.Sum(call => call.EventCount)];
            _places = new StoredEvent[_first.Length];
            Dictionary<string, int>? keyed = null;
            var index = 0;
            foreach (var call in calls)
            {
                for (var i = 0; i < call.Events.Count; i++, index++)
                {
                    _first[index] = index;
                    if (call.Events[i].Key is { } key)
                    {
                        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(keyed ??= [], key, out var known);
                        if (known)
                        {
                            _first[index] = first;
                            continue;
                        }

                        first = index;
                    }

                    _unstored.Add(call.Events[i]);
                    _owners.Add(index);
                }
            }
        }

        public List<Event> Unstored => _unstored;

        public List<EventKey> Keys()
        {
            var keys = new List<EventKey>();
            for (var i = 0; i < _unstored.Count; i++)
            {
                if (_unstored[i].Key is { } key)
                {
                    keys.Add(new(i, key));
                }
            }

            return keys;
        }

        public void Stored(Position last)
        {
            for (var i = 0; i < _owners.Count; i++)
            {
                _places[_owners[i]] = new(last with { Offset = last.Offset - _owners.Count + 1 + i }, IsDuplicate: false);
            }

            _unstored.Clear();
            _owners.Clear();
        }

        public void TakeOut(IReadOnlyList<KnownKey> known)
        {
            for (var i = known.Count - 1; i >= 0; i--)
            {
                var (index, position) = known[i];
                _places[_owners[index]] = new(position, IsDuplicate: true);
                _unstored.RemoveAt(index);
                _owners.RemoveAt(index);
            }
        }

        public StoredEvent[] Places()
        {
            for (var i = 0; i < _places.Length; i++)
            {
                if (_first[i] != i)
                {
                    _places[i] = new(_places[_first[i]].Position, IsDuplicate: true);
                }
            }

            return _places;
        }
    }
}
