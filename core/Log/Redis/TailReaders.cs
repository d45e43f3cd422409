namespace Serverless.Log.Redis;

/// <summary>The tail readers of one hash tag: as many as the followed streams need. Thread-safe.</summary>
internal sealed class TailReaders(Func<int, TailReader> create) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TailReader> _readers = [];

    /// <summary>Has a stream read from now on.</summary>
    /// <returns>Whom to tell when it needs to be read no longer.</returns>
    public TailReader Follow(RedisStream stream)
    {
        lock (_lock)
        {
            var reader = _readers.Find(reader => reader.Has(stream)) ?? _readers.Find(reader => reader.HasRoom);
            if (reader is null)
            {
                _readers.Add(reader = create(_readers.Count));
            }

            reader.Follow(stream);
            return reader;
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_readers.Select(reader => reader.DisposeAsync().AsTask()));
}
