using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Embedded;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Faults;

/// <summary>Processes are killed in the middle of 10,000 publishes through a stock client: what was acknowledged is there, in order, once.</summary>
public sealed class KillTests
{
    private const int Count = 10_000;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KillNode_MidPublishing_KeepsWhatWasAcknowledged()
    {
        await using var node = new NodeProcess { Log = "embedded" };
        await node.StartAsync();
        var first = new Publisher($"{node.Url}/api?hub=kill");
        await first.PublishAsync(Count, node.KillAsync);
        Assert.InRange(first.Acknowledged.Count, Count / 2, Count - 1);

        await node.StartAsync();
        var second = new Publisher($"{node.Url}/api?hub=after");
        await second.PublishAsync(Count - first.Acknowledged.Count);
        await node.StopAsync();

        Assert.Equal(Count, first.Acknowledged.Count + second.Acknowledged.Count);
        AssertHolds(await ReadAsync(Path.Combine(node.Folder, "data"), new("kill")), first.Acknowledged);
        AssertHolds(await ReadAsync(Path.Combine(node.Folder, "data"), new("after")), second.Acknowledged);
    }

    [Fact]
    public async Task KillRedis_MidPublishing_LosesNothingAndResetsNobody()
    {
        await using var redis = new RedisServer { Settings = ["--appendonly", "yes", "--appendfsync", "everysec"] };
        await redis.StartAsync();
        await using var publishing = await OnRedis(redis).StartAsync();
        await using var receiving = await OnRedis(redis).StartAsync();
        await using var receiver = new HubConnectionBuilder().WithUrl($"{receiving.Url}/api?hub=kill").Build();
        var received = new List<int>();
        var end = new TaskCompletionSource();
        receiver.On<int>("number", received.Add);
        receiver.On("end", end.SetResult);
        receiver.Closed += fault => Task.FromResult(end.TrySetException(new InvalidOperationException($"The receiver was closed: {fault?.Message}")));
        await receiver.StartAsync(Stop);

        var publisher = new Publisher($"{publishing.Url}/api?hub=kill");
        await publisher.PublishAsync(Count, redis.RestartAsync);
        await using var last = new HubConnectionBuilder().WithUrl($"{publishing.Url}/api?hub=kill").Build();
        await last.StartAsync(Stop);
        await last.InvokeAsync("Broadcast", "end", Stop);
        await end.Task.WaitAsync(Guard, Stop);

        Assert.Equal(Count, publisher.Acknowledged.Count);
        AssertHolds(received, publisher.Acknowledged);
    }

    private static NodeProcess OnRedis(RedisServer redis) => new() { Log = "redis", Arguments = ["--redis", redis.EndPoint] };

    private static void AssertHolds(List<int> stream, List<int> acknowledged)
    {
        for (var i = 1; i < stream.Count; i++)
        {
            Assert.True(stream[i] > stream[i - 1], $"{stream[i]} follows {stream[i - 1]}: out of order, or there twice.");
        }

        Assert.Empty(acknowledged.Except(stream));
    }

    private static async Task<List<int>> ReadAsync(string folder, StreamName stream)
    {
        var codec = new FrameCodec(Options.Create(new CodecOptions()));
        await using var log = new EmbeddedEventLog(
            Options.Create(new LogOptions { Path = folder }), TimeProvider.System, NullLogger<EmbeddedEventLog>.Instance);
        await log.OpenAsync(Stop);
        var numbers = new List<int>();
        var from = ReadFrom.Start;
        while (await log.ReadAsync(stream, from, 1 << 20, Stop) is ReadResult.Page { Entries: { Count: > 0 } entries, End: var end })
        {
            from = end;
            numbers.AddRange(entries
                .SelectMany(entry => codec.Decode(stream, entry.Last.Offset, entry.Frame))
                .OfType<MessageSent>()
                .Select(message => JsonSerializer.Deserialize<int[]>(message.Arguments.Bytes.Span)![0]));
        }

        return numbers;
    }
}
