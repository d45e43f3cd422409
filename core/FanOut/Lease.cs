using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>Has work done by one of the processes that share a log: by this one while it holds the lease. A process that vanishes is followed by another after
/// <see cref="LeaseTimes.Duration"/>, one that stops at once.</summary>
internal sealed partial class Lease(ILeases leases, StreamName stream, string name, TimeProvider time, ILogger logger)
{
    /// <summary>How long it lasts, and how often it is renewed or asked for.</summary>
    public LeaseTimes Times { get; init; } = LeaseTimes.Calm;

    private readonly string _owner = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>Runs until it is stopped.</summary>
    /// <param name="work">Begun each time that the lease is got, cancelled when it is lost; it doesn't throw when cancelled.</param>
    /// <param name="stop">Ends it, when the work has ended.</param>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (await TryHoldAsync(stop) == true)
            {
                Log.Got(logger, name, stream.ToString());
                await WorkAsync(work, stop);
            }
            else
            {
                await PauseAsync(stop);
            }
        }
    }

    private async Task WorkAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var working = work(lost.Token);
        for (var renewed = time.GetTimestamp(); !working.IsCompleted && !stop.IsCancellationRequested;)
        {
            await PauseAsync(stop);
            var asked = time.GetTimestamp();
            var held = await TryHoldAsync(stop);
            renewed = held == true ? asked : renewed;
            // out of reach isn't lost yet, but another may take it when it is over
            if (held == false || time.GetElapsedTime(renewed) > Times.Duration - (2 * Times.Pause))
            {
                Log.Lost(logger, name, stream.ToString());
                break;
            }
        }

        await lost.CancelAsync();
        await working;
        await ReleaseAsync();
    }

    /// <returns>Null when it isn't known.</returns>
    private async ValueTask<bool?> TryHoldAsync(CancellationToken stop)
    {
        try
        {
            return await leases.HoldAsync(stream, name, _owner, Times.Duration, stop);
        }
        catch (Exception fault) when (fault is LogUnavailableException or OperationCanceledException)
        {
            return null;
        }
    }

    private async ValueTask ReleaseAsync()
    {
        try
        {
            await leases.ReleaseAsync(stream, name, _owner, CancellationToken.None);
        }
        catch (LogUnavailableException)
        {
            // it ends by itself
        }
    }

    private async Task PauseAsync(CancellationToken stop) => await Task.Delay(Times.Pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(1610, LogLevel.Information, "This process has the lease '{Name}' of stream {Stream}.")]
        public static partial void Got(ILogger logger, string name, string stream);

        [LoggerMessage(1611, LogLevel.Warning, "This process doesn't have the lease '{Name}' of stream {Stream} any more.")]
        public static partial void Lost(ILogger logger, string name, string stream);
    }
}
