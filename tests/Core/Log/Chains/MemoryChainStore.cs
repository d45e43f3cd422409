using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Memory;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>The memory log, whose streams are copied and put back behind its back.</summary>
internal sealed class MemoryChainStore : IChainStore
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private static readonly MethodInfo Clone = typeof(object).GetMethod(nameof(MemberwiseClone), Fields)!;

    private readonly MemoryEventLog _log;
    private readonly IDictionary _streams;
    private readonly Tail _tail;

    public MemoryChainStore(LogOptions options)
    {
        _log = new(Options.Create(options));
        _streams = (IDictionary)Field("_streams");
        _tail = (Tail)Field("_tail");
    }

    public IReadOnlyList<IEventLog> Nodes => [_log];

    public bool LosesBesideItsNodes => true;

    public bool Evicts => false;

    public Task<object?> SaveAsync(StreamName stream) => Task.FromResult(_streams[stream] is { } stored ? Copy(stored) : null);

    public Task LoseAsync(StreamName stream, object? saved)
    {
        if (saved is null)
        {
            _streams.Remove(stream);
        }
        else
        {
            _streams[stream] = Copy(saved);
        }

        return Task.CompletedTask;
    }

    /// <summary>Nothing is lost by the log itself, so it never compares its followers with the stream; it is done for it here.</summary>
    public async Task QuietAsync(StreamName stream) => _tail.Compare(stream, (await _log.HeadAsync(stream, CancellationToken.None)).Head);

    public Task EvictAsync(StreamName stream, Evicted what) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    /// <summary>Copies what changes: a stream, its collections and their arrays. Entries, snapshots and positions never do.</summary>
    private static object Copy(object value)
    {
        if (value is Array array)
        {
            return array.Clone();
        }

        var copy = Clone.Invoke(value, null)!;
        foreach (var field in value.GetType().GetFields(Fields))
        {
            if (field.GetValue(value) is { } part && (part is Array or ICollection || part.GetType().Name is "KeyWindow"))
            {
                field.SetValue(copy, Copy(part));
            }
        }

        return copy;
    }

    private object Field(string name) => typeof(MemoryEventLog).GetField(name, Fields)!.GetValue(_log)!;
}
