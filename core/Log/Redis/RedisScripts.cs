using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Serverless.Events;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Runs the scripts that decide about streams, each in one step at the master. docs/redis.md lists what they call.</summary>
internal sealed class RedisScripts(IDatabase database, LogOptions options, TimeProvider time)
{
    /// <summary>The most streams that one call of <see cref="HeadsAsync"/>, or one <c>XREAD</c>, names: some servers take 4,000 arguments.</summary>
    public const int MaxStreams = 1000;

    private const long DefaultRetentionBytes = 256L << 20;

    /// <summary>While a slot of the cluster moves, scripts over several keys are refused now and then.</summary>
    private const int Tries = 10;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(50);
    private static readonly string Append = Load("append"), Read = Load("read"), Heads = Load("heads"), Save = Load("save");
    private static readonly string Hold = Text("lease");

    private readonly Retention _retention = new(options, DefaultRetentionBytes);

    /// <summary>Appends a batch, unless one of its keys is known.</summary>
    public async Task<AppendResult> AppendAsync(RedisStream stream, EncodedBatch batch)
    {
        var answer = await AppendAsync(stream, batch.Frame, Pack(batch.Keys), trimTo: 0);
        stream.Acknowledged(Head(answer), isEarlierLost: (int)answer[3] == 1);
        var triples = (RedisResult[])answer[4]!;
        return triples.Length == 0
            ? new AppendResult.Appended(Head(answer))
            : new AppendResult.Duplicate([.. triples.Chunk(3).Select(known => new KnownKey((int)known[0], At(known[1], known[2])))]);
    }

    /// <summary>Drops the oldest entries up to an offset; not all of them at once.</summary>
    /// <returns>Whether there is more to drop.</returns>
    public async Task<bool> TrimAsync(RedisStream stream, long offset) => (int)(await AppendAsync(stream, default, RedisValue.EmptyString, offset))[2] == 1;

    /// <summary>Reads a page, and verifies the position that it is read from.</summary>
    public async Task<ReadResult> ReadAsync(StreamName stream, RedisKeys keys, ReadFrom from, int maxBytes)
    {
        var answer = await RunAsync(Read, [keys.Side, keys.Log], () => [from.Offset, maxBytes]);
        LogEntry[] entries = [.. ((RedisResult[])answer[3]!).Select(entry => RedisEntries.Read(stream, entry))];
        return Chain.Result(from, entries, new(Head(answer), (long)answer[2]));
    }

    /// <summary>How streams stand, which have one hash tag. Null for a stream that the master can't tell of: its slot is moving, or something else wrote to its keys.</summary>
    public async Task<IReadOnlyList<StreamHead?>> HeadsAsync(IReadOnlyList<RedisKeys> streams)
    {
        try
        {
            var answer = (RedisResult[])(await RunAsync(Heads, [.. streams.SelectMany(keys => new[] { keys.Side, keys.Log })], () => []))!;
            return [.. answer.Chunk(3).Select(state => (long)state[0] < 0 ? null : new StreamHead(At(state[0], state[1]), (long)state[2]))];
        }
        catch (RedisServerException e) when (IsTryAgain(e))
        {
            // while the slot moves, one stream without entries has the call refused for all
            return streams.Count == 1 ? [null] : [.. (await Task.WhenAll(streams.Select(keys => HeadsAsync([keys])))).Select(heads => heads[0])];
        }
    }

    /// <summary>Keeps a snapshot.</summary>
    public Task<SaveResult> SaveAsync(RedisKeys keys, Snapshot snapshot) => SaveAsync(keys, keys.Snapshot, snapshot.At, "", snapshot.State);

    /// <summary>Keeps a reader's checkpoint.</summary>
    public Task<SaveResult> SaveAsync(RedisKeys keys, string reader, IReadOnlyList<Position> locator) =>
        SaveAsync(keys, keys.Checkpoints, locator[0], reader, string.Join(' ', locator));

    /// <summary>Takes or keeps a lease; releases it when the duration is zero.</summary>
    /// <returns>Whether the owner holds it, or held it.</returns>
    public async Task<bool> HoldAsync(RedisKey lease, string owner, TimeSpan duration) =>
        (int)await RunAsync(Hold, [lease], () => [owner, (long)duration.TotalMilliseconds]) == 1;

    /// <summary>A tag as scripts and entries have it.</summary>
    private static string Write(ulong tag) => tag.ToString("x16", CultureInfo.InvariantCulture);

    private static Position Head(RedisResult answer) => At(answer[0], answer[1]);

    private static Position At(RedisResult offset, RedisResult tag) => new((long)offset, RedisEntries.ReadTag((RedisValue)tag));

    // (index u32, length u32, key)*: as one argument, since some servers take few
    private static RedisValue Pack(IReadOnlyList<EventKey> keys)
    {
        var packed = new byte[keys.Sum(key => 8 + Encoding.UTF8.GetByteCount(key.Key))];
        var rest = packed.AsSpan();
        foreach (var (index, key) in keys)
        {
            var length = Encoding.UTF8.GetBytes(key, rest[8..]);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, (uint)index);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], (uint)length);
            rest = rest[(8 + length)..];
        }

        return packed;
    }

    private Task<RedisResult> AppendAsync(RedisStream stream, ReadOnlyMemory<byte> frame, RedisValue keys, long trimTo)
    {
        var last = stream.LastAcknowledged;
        var (events, bytes, age) = stream.Name.Topic is null
            ? (_retention.Events, _retention.Bytes, (long)_retention.Age.TotalMilliseconds)
            : (long.MaxValue, long.MaxValue, long.MaxValue);
        var window = (long)options.KeyWindow.TotalMilliseconds;
        return RunAsync(
            Append,
            [stream.Keys.Side, stream.Keys.Log, stream.Keys.Keys],
            () => [Write(Position.NewTag()), last.Offset, Write(last.Tag), trimTo, frame, window, events, bytes, age, keys]);
    }

    private async Task<SaveResult> SaveAsync(RedisKeys keys, RedisKey kept, Position at, string reader, RedisValue what) =>
        (SaveResult)(int)await RunAsync(Save, [keys.Side, keys.Log, kept], () => [at.Offset, Write(at.Tag), reader, what]);

    // an attempt that was refused is a new one, with a tag of its own
    private async Task<RedisResult> RunAsync(string script, RedisKey[] keys, Func<RedisValue[]> arguments)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await database.ScriptEvaluateAsync(script, keys, arguments(), CommandFlags.DemandMaster);
            }
            catch (RedisServerException e) when (tries < Tries && IsTryAgain(e))
            {
                await Task.Delay(TryAgainAfter, time);
            }
        }
    }

    private static bool IsTryAgain(RedisServerException refusal) => refusal.Message.Contains("TRYAGAIN", StringComparison.Ordinal);

    private static string Load(string name) => $"{Text("chain")}\n{Text(name)}";

    private static string Text(string name)
    {
        using var stream = typeof(RedisScripts).Assembly.GetManifestResourceStream($"Serverless.Log.Redis.{name}.lua")
            ?? throw new InvalidOperationException($"{name}.lua isn't in the assembly: it is to be an embedded resource.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
