using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Redis;
using StackExchange.Redis;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>Three nodes on one Redis, which goes back in one step to what it held of a stream, as after a restart without its last writes.</summary>
internal sealed class RedisChainStore : IChainStore
{
    private readonly LogOptions _options;
    private readonly List<IEventLog> _nodes = [];
    private ConnectionMultiplexer? _connection;

    private RedisChainStore(LogOptions options) => _options = options;

    public IReadOnlyList<IEventLog> Nodes => _nodes;

    public bool LosesBesideItsNodes => true;

    public bool Evicts => true;

    private IDatabase Database => _connection!.GetDatabase();

    public static async Task<RedisChainStore> OpenAsync(LogOptions options)
    {
        var store = new RedisChainStore(options) { _connection = await ConnectionMultiplexer.ConnectAsync(options.Redis!) };
        for (var i = 0; i < 3; i++)
        {
            var node = new RedisEventLog(Options.Create(options), TimeProvider.System, NullLogger<RedisEventLog>.Instance);
            await node.OpenAsync(TestContext.Current.CancellationToken);
            store._nodes.Add(node);
        }

        return store;
    }

    public async Task<object?> SaveAsync(StreamName stream) => await Task.WhenAll(Keys(stream).Select(key => Database.KeyDumpAsync(key)));

    public async Task LoseAsync(StreamName stream, object? saved)
    {
        var lost = Database.CreateTransaction();
        _ = lost.KeyDeleteAsync(Keys(stream));
        foreach (var (key, value) in Keys(stream).Zip((byte[]?[])saved!).Where(pair => pair.Second is not null))
        {
            _ = lost.KeyRestoreAsync(key, value!);
        }

        Assert.True(await lost.ExecuteAsync());
    }

    public Task QuietAsync(StreamName stream) => Task.CompletedTask;

    public async Task EvictAsync(StreamName stream, Evicted what)
    {
        var keys = RedisKeys.Of(_options, stream);
        await Database.KeyDeleteAsync([.. what.HasFlag(Evicted.Side) ? [keys.Side] : Array.Empty<RedisKey>(), .. what.HasFlag(Evicted.Entries) ? [keys.Log] : Array.Empty<RedisKey>()]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _connection!.DisposeAsync();
    }

    private RedisKey[] Keys(StreamName stream)
    {
        var keys = RedisKeys.Of(_options, stream);
        return [keys.Log, keys.Side, keys.Keys, keys.Snapshot, keys.Checkpoints];
    }
}
