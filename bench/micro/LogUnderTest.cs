using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Bench.Load.Compare;
using Serverless.Codec;
using Serverless.Hosting;
using Serverless.Log;
using StackExchange.Redis;

namespace Serverless.Bench.Micro;

/// <summary>A log as a host would make it, with what it needs: a folder or a Redis of its own. Disposal ends and deletes both.</summary>
internal sealed class LogUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("serverless-bench-");
    private ChildProcess? _redis;
    private ServiceProvider? _services;
    private string? _redisAddress;

    private LogUnderTest()
    {
    }

    public IEventLog Log => Services.GetRequiredService<IEventLog>();

    public FrameCodec Codec => Services.GetRequiredService<FrameCodec>();

    public Pipeline Pipeline => Services.GetRequiredService<Pipeline>();

    private ServiceProvider Services => _services ?? throw new InvalidOperationException("The log isn't open.");

    /// <summary>Opens a log; it keeps 64 MiB, so that a long run doesn't fill the machine.</summary>
    public static async Task<LogUnderTest> OpenAsync(LogKind kind, CancellationToken stop)
    {
        var log = new LogUnderTest();
        try
        {
            await log.StartAsync(kind, stop);
            return log;
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    /// <summary>What Redis has worked for scripts so far: calls, and microseconds in all of them. Zero without Redis.</summary>
    public async Task<(long Calls, double Microseconds)> ScriptsAsync()
    {
        if (_redisAddress is null)
        {
            return default;
        }

        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{_redisAddress},allowAdmin=true");
        var fields = (await connection.GetServers()[0].InfoAsync("commandstats")).SelectMany(section => section).First(field => field.Key == "cmdstat_evalsha").Value.Split(',', '=');
        return (long.Parse(fields[1], CultureInfo.InvariantCulture), double.Parse(fields[3], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(LogKind kind, CancellationToken stop)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Serverless:Log:Kind"] = kind.ToString(),
            ["Serverless:Log:Path"] = _folder.FullName,
            ["Serverless:Log:RetentionBytes"] = $"{64 * 1024 * 1024}",
        };
        if (kind == LogKind.Redis)
        {
            var port = FreePort.Next();
            _redis = await RedisServer.StartAsync(port, _folder.FullName, appendOnly: true, stop);
            settings["Serverless:Log:Redis"] = _redisAddress = $"127.0.0.1:{port}";
        }

        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddLogging();
        services.AddServerlessCore();
        _services = services.BuildServiceProvider();
        await Log.OpenAsync(stop);
    }
}
