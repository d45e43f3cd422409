using System.Security.Cryptography;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Runs <c>append.lua</c>, which decides everything about a stream in one step at the master.</summary>
internal sealed class AppendScript(IDatabase database, LogOptions options, TimeProvider time)
{
    private const long DefaultRetentionBytes = 256L << 20;

    /// <summary>While a slot of the cluster moves, scripts over several keys are refused now and then.</summary>
    private const int Tries = 10;

    /// <summary>In place of an offset to trim to.</summary>
    private const long OnlyIfThere = -1;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(50);
    private static readonly string Script = Load();

    private readonly Retention _retention = new(options, DefaultRetentionBytes);

    /// <summary>Appends a batch, unless one of its keys is known.</summary>
    public Task<ScriptAnswer> AppendAsync(RedisStream stream, EncodedBatch batch) => AnswerAsync(stream, batch, 0);

    /// <summary>Asks how the stream stands. Begins an epoch if one has to.</summary>
    public Task<ScriptAnswer> CheckAsync(RedisStream stream) => AnswerAsync(stream, null, 0);

    /// <summary>As <see cref="CheckAsync"/>, but null when there is no such stream.</summary>
    public Task<ScriptAnswer?> FindAsync(RedisStream stream) => RunAsync(stream, null, OnlyIfThere);

    /// <summary>Drops the oldest entries up to an offset; not all of them at once.</summary>
    public Task<ScriptAnswer> TrimAsync(RedisStream stream, long offset) => AnswerAsync(stream, null, offset);

    private async Task<ScriptAnswer> AnswerAsync(RedisStream stream, EncodedBatch? batch, long trimTo) =>
        await RunAsync(stream, batch, trimTo) ?? throw new InvalidOperationException("append.lua gave no answer.");

    private async Task<ScriptAnswer?> RunAsync(RedisStream stream, EncodedBatch? batch, long trimTo)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var ticket = stream.Ticket();
                var answer = await database.ScriptEvaluateAsync(
                    Script, [stream.Keys.Log, stream.Keys.Side, stream.Keys.Keys], Arguments(stream, batch, trimTo), CommandFlags.DemandMaster);
                return answer.IsNull ? null : Take(stream, ticket, answer, batch is not null);
            }
            catch (RedisServerException e) when (tries < Tries && e.Message.Contains("TRYAGAIN", StringComparison.Ordinal))
            {
                await Task.Delay(TryAgainAfter, time);
            }
        }
    }

    private RedisValue[] Arguments(RedisStream stream, EncodedBatch? batch, long trimTo)
    {
        var highest = stream.Highest;
        var keys = batch?.Keys ?? [];
        var arguments = new RedisValue[9 + (2 * keys.Count)];
        arguments[0] = RandomNumberGenerator.GetHexString(16, lowercase: true);
        arguments[1] = highest.Epoch;
        arguments[2] = highest.Offset;
        arguments[3] = trimTo;
        arguments[4] = batch?.Frame ?? ReadOnlyMemory<byte>.Empty;
        arguments[5] = (long)options.KeyWindow.TotalMilliseconds;
        (arguments[6], arguments[7], arguments[8]) = stream.Name.Topic is null
            ? (_retention.Events, _retention.Bytes, (long)_retention.Age.TotalMilliseconds)
            : (long.MaxValue, long.MaxValue, long.MaxValue);
        for (var i = 0; i < keys.Count; i++)
        {
            arguments[9 + (2 * i)] = keys[i].Index;
            arguments[10 + (2 * i)] = keys[i].Key;
        }

        return arguments;
    }

    private static ScriptAnswer Take(RedisStream stream, long ticket, RedisResult answer, bool appends)
    {
        var epochs = stream.Epochs((string)answer[2]!);
        var head = new StreamHead(new(epochs[^1].Epoch, (long)answer[0]), (long)answer[1], epochs);
        var pairs = (RedisResult[])answer[4]!;
        var known = new KnownKey[pairs.Length / 2];
        for (var i = 0; i < known.Length; i++)
        {
            var offset = (long)pairs[(2 * i) + 1];
            known[i] = new((int)pairs[2 * i], new(head.EpochOf(offset), offset));
        }

        stream.Observe(ticket, head, acknowledged: appends && known.Length == 0 ? head.Head : Position.Start);
        return new(head, (int)answer[3] == 1, known);
    }

    private static string Load()
    {
        using var stream = typeof(AppendScript).Assembly.GetManifestResourceStream("Serverless.Log.Redis.append.lua")
            ?? throw new InvalidOperationException("append.lua isn't in the assembly: it is to be an embedded resource.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
