using StackExchange.Redis;

namespace Serverless.Sharding;

/// <summary>Where the fleet description stands: in the settings, in a file, or in Redis. For one reader at a time.</summary>
internal sealed class FleetSource : IAsyncDisposable
{
    private ConnectionMultiplexer? _redis;

    /// <summary>The description as it stands there now.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Null when none is configured.</returns>
    /// <exception cref="FormatException">There is none where it should be.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="RedisException">Redis is out of reach.</exception>
    public async Task<string?> ReadAsync(FleetOptions settings, CancellationToken cancellationToken) =>
        !string.IsNullOrWhiteSpace(settings.Redis) ? await ReadRedisAsync(settings.Redis, settings.RedisKey, cancellationToken)
            : string.IsNullOrWhiteSpace(settings.Description) ? null
            : settings.Description.TrimStart()[0] is '[' or '{' ? settings.Description
            : await File.ReadAllTextAsync(settings.Description, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    private async Task<string> ReadRedisAsync(string configuration, string key, CancellationToken cancellationToken)
    {
        var redis = await ConnectAsync(configuration, cancellationToken);
        var text = await redis.GetDatabase().StringGetAsync(key).WaitAsync(cancellationToken);
        return text.HasValue ? text.ToString() : throw new FormatException($"The Redis of Serverless:Fleet:Redis has no key '{key}': SET it to the fleet description.");
    }

    private async ValueTask<ConnectionMultiplexer> ConnectAsync(string configuration, CancellationToken cancellationToken)
    {
        if (_redis is null)
        {
            var settings = ConfigurationOptions.Parse(configuration);
            settings.AbortOnConnectFail = false;
            settings.BacklogPolicy = BacklogPolicy.FailFast;
            _redis = await ConnectionMultiplexer.ConnectAsync(settings).WaitAsync(cancellationToken);
        }

        return _redis;
    }
}
