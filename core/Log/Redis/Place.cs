using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Up to where a followed stream was read. Belongs to one <see cref="PartitionReader"/>.</summary>
internal sealed class Place(RedisStream stream, Position at, long heardAt)
{
    public RedisStream Stream => stream;

    /// <summary>The epoch of the last entry, or the one that had begun when reading did.</summary>
    public string Epoch { get; private set; } = at.Epoch;

    public long Offset { get; private set; } = at.Offset;

    /// <summary>When the stream last brought something, or was checked.</summary>
    public long HeardAt { get; private set; } = heardAt;

    /// <summary>Whether to check the stream before the next read.</summary>
    public bool Due { get; set; }

    public void Heard(long now) => (HeardAt, Due) = (now, false);

    /// <summary>Hands on entries that were read.</summary>
    public void Publish(RedisResult[] entries, long now)
    {
        foreach (var value in entries)
        {
            var entry = RedisEntries.Read(stream.Name, value);
            stream.Publish(entry);
            Offset = entry.Last.Offset;
            Heard(now);

            // an epoch that this process hasn't heard of: ask
            Due = entry.Last.Epoch != Epoch;
        }
    }
}
