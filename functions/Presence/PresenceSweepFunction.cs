using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hubs;
using Serverless.Presence;
using Serverless.Sharding;

namespace Serverless.Functions.Presence;

/// <summary>Each minute, keeps a snapshot of who is in the hub when one is due: retention drops what a snapshot has, and who asks reads little.</summary>
public sealed class PresenceSweepFunction(PresenceSweep sweep, HubStreams streams)
{
    /// <summary>Ends when it is kept.</summary>
    [Function("presence-sweep")]
    public Task RunAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        Task.WhenAll(streams.Of(new(HubNames.Chat)).Select(stream => sweep.RunAsync(stream, cancellationToken)));
}
