using System.Buffers;
using System.Text.Json;

namespace Serverless.Log.Embedded;

/// <summary>
/// The known keys of one stream and which rows of the table <c>keys</c> hold them. One row per entry that has keys: their text and their index in the
/// entry, as one JSON object. What an open transaction adds can be taken back. Used by the writer alone.
/// </summary>
internal sealed class StreamKeys(TimeSpan window)
{
    private readonly KeyWindow _known = new(window);
    private readonly List<string> _added = [];
    private long _youngFrom = 1;
    private long _deletedBelow;

    /// <summary>The time to store with keys that are added now.</summary>
    public DateTimeOffset Now => _known.Now;

    /// <summary>Rows whose first offset is below this are forgotten.</summary>
    public long ForgottenBelow { get; private set; }

    /// <summary>Whether forgotten rows may still stand in the table.</summary>
    public bool HasForgottenRows => _deletedBelow < ForgottenBelow;

    /// <summary>The text of a row; null without keys.</summary>
    public static ReadOnlyMemory<byte>? ToJson(IReadOnlyList<EventKey> keys)
    {
        if (keys.Count == 0)
        {
            return null;
        }

        var json = new ArrayBufferWriter<byte>(64 * keys.Count);
        using var writer = new Utf8JsonWriter(json);
        writer.WriteStartObject();
        foreach (var (index, key) in keys)
        {
            writer.WriteNumber(key, index);
        }

        writer.WriteEndObject();
        writer.Flush();
        return json.WrittenMemory;
    }

    /// <summary>Moves the clock.</summary>
    /// <param name="now">The time of the batch that comes next.</param>
    /// <param name="next">The offset of its first event.</param>
    public void Advance(DateTimeOffset now, long next)
    {
        var windows = _known.Advance(now);
        if (windows > 0)
        {
            ForgottenBelow = windows == 1 ? _youngFrom : next;
            _youngFrom = next;
        }
    }

    /// <summary>Where a known key stands.</summary>
    public bool TryGet(string key, out long offset) => _known.TryGet(key, out offset);

    public void Add(IReadOnlyList<EventKey> keys, long first)
    {
        foreach (var (index, key) in keys)
        {
            _known.Add(key, first + index);
            _added.Add(key);
        }
    }

    /// <summary>Adds the keys of a row, oldest row first.</summary>
    public void Load(long first, DateTimeOffset time, ReadOnlySpan<byte> json)
    {
        Advance(time, first);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            _known.Add(key, first + reader.GetInt32());
        }
    }

    /// <summary>All forgotten rows were deleted.</summary>
    public void Deleted() => _deletedBelow = ForgottenBelow;

    public void Commit() => _added.Clear();

    /// <param name="next">The offset of the next event, as it was before.</param>
    public void Rollback(long next)
    {
        foreach (var key in _added)
        {
            _known.Remove(key);
        }

        _added.Clear();
        _youngFrom = Math.Min(_youngFrom, next);
        ForgottenBelow = Math.Min(ForgottenBelow, next);
        _deletedBelow = 0;
    }
}
