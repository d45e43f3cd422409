namespace Serverless.Log.Redis;

/// <summary>The tail readers of one hash tag: as many as the followed streams need. Thread-safe.</summary>
internal sealed class TailReaders(Func<int, TailReader> create) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<TailReader> _readers = [];
    private readonly Dictionary<RedisStream, (TailReader Reader, int Followers)> _followed = [];

    /// <summary>Reads a stream from now on, until as many calls of <see cref="Unfollow"/> came.</summary>
    public void Follow(RedisStream stream)
    {
        lock (_lock)
        {
            if (_followed.TryGetValue(stream, out var followed))
            {
                _followed[stream] = followed with { Followers = followed.Followers + 1 };
                return;
            }

            var reader = _readers.Find(reader => reader.TryAdd(stream));
            if (reader is null)
            {
                _readers.Add(reader = create(_readers.Count));
                reader.TryAdd(stream);
            }

            _followed[stream] = (reader, 1);
        }
    }

    /// <summary>One follower less.</summary>
    public void Unfollow(RedisStream stream)
    {
        lock (_lock)
        {
            var (reader, followers) = _followed[stream];
            if (followers > 1)
            {
                _followed[stream] = (reader, followers - 1);
                return;
            }

            _followed.Remove(stream);
            reader.Remove(stream);
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_readers.Select(reader => reader.DisposeAsync().AsTask()));
}
