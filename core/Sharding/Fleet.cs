using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Serverless.Sharding;

/// <summary>
/// The fleet of this process, as its description stands now. It is read before the host serves, and looked at every <see cref="FleetOptions.CheckEvery"/>; a change that can't be
/// read is told in the log, and the last good one holds. Thread-safe.
/// </summary>
public sealed partial class Fleet(IOptionsFactory<FleetOptions> options, TimeProvider time, ILogger<Fleet> logger) : BackgroundService, IHostedLifecycleService
{
    private readonly FleetSource _source = new();
    private volatile FleetOptions _options = new();
    private volatile FleetDescription? _current;
    private TaskCompletionSource _changed = New();
    private string? _text;
    private string? _fault;

    /// <summary>The shards; null when no fleet is configured.</summary>
    public FleetDescription? Current => _current;

    /// <summary>The settings, as they were right last.</summary>
    public FleetOptions Options => _options;

    /// <summary>The name of this process' shard; null when it belongs to none.</summary>
    public string? Own => _options.Shard is { Length: > 0 } own ? own : null;

    /// <summary>The access key of a shard; null when it has the same as this process.</summary>
    /// <param name="shard">One of the description.</param>
    public string? KeyOf(Shard shard) => _options.Keys.TryGetValue(shard.Name, out var key) ? key : null;

    /// <summary>Completes with the next change.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Reads the description for the first time.</summary>
    /// <exception cref="InvalidDataException">It can't be read; the message says what to do.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(cancellationToken);
        }
        catch (Exception fault) when (IsFault(fault))
        {
            throw new InvalidDataException($"Serverless:Fleet can't be used: {fault.Message}", fault);
        }

        if (Own is { } own && _current?.Find(own) is null)
        {
            throw new InvalidDataException(_current is null
                ? $"Serverless:Fleet:Shard is '{own}', but there is no fleet description: set Serverless:Fleet:Description or Serverless:Fleet:Redis."
                : $"Serverless:Fleet:Shard is '{own}', which the fleet description doesn't have: it has {string.Join(", ", _current.Shards.Select(shard => shard.Name))}.");
        }
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken) => await _source.DisposeAsync();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(_options.CheckEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await TryReadAsync(stoppingToken);
        }
    }

    private async Task TryReadAsync(CancellationToken stop)
    {
        try
        {
            await ReadAsync(stop);
            _fault = null;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the host stops
        }
        catch (Exception fault) when (IsFault(fault))
        {
            // each fault is told once
            if (_fault != fault.Message)
            {
                _fault = fault.Message;
                Log.Unreadable(logger, fault);
            }
        }
    }

    private async Task ReadAsync(CancellationToken stop)
    {
        // made anew and checked here: a monitor throws at whoever changes the configuration
        var settings = options.Create(Microsoft.Extensions.Options.Options.DefaultName);
        _options = settings;
        var text = await _source.ReadAsync(settings, stop);
        if (text is null || text == _text)
        {
            return;
        }

        _current = FleetDescription.Parse(text);
        _text = text;
        Log.Read(logger, string.Join(", ", _current.Shards.Select(shard => $"{shard.Name} ({shard.Region}, weight {shard.Weight}, {shard.State})")));
        Interlocked.Exchange(ref _changed, New()).SetResult();
    }

    private static bool IsFault(Exception fault) =>
        fault is FormatException or IOException or UnauthorizedAccessException or RedisException or TimeoutException or ArgumentException
            or OptionsValidationException or InvalidOperationException;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(1800, LogLevel.Information, "The fleet: {Shards}.")]
        public static partial void Read(ILogger logger, string shards);

        [LoggerMessage(1801, LogLevel.Error, "The fleet description can't be read now; the last one holds until it can.")]
        public static partial void Unreadable(ILogger logger, Exception fault);
    }
}
