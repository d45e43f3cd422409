using System.Collections.Concurrent;
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

/// <summary>A node delivers through the REST API of another; one of them is killed in the middle of thousands of publishes to the first. What that acknowledged arrives, in order
/// for each target.</summary>
public sealed class FanOutKillTests
{
    private const string Hub = "fan";
    private const int Count = 600;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(90);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KillPublishingNode_MidPublishing_ClientsOfTheOtherGetWhatItAcknowledged()
    {
        // it answers slowly, so that much is under way and waits
        await using var serving = await new NodeProcess { Settings = new Dictionary<string, string> { ["Serverless:Batching:Linger"] = "00:00:00.010" } }.StartAsync();
        await using var publishing = await Through(serving).StartAsync();
        await using var ada = new HubConnectionBuilder().WithUrl($"{serving.Url}/api?hub={Hub}&user=ada").Build();
        var (received, end) = Listen(ada);
        await ada.StartAsync(Stop);
        foreach (var group in (string[])["g0", "g1", "g2", "g3"])
        {
            await ada.InvokeAsync("JoinGroup", group, Stop);
        }

        var publisher = new LanePublisher(publishing, Hub);
        await publisher.PublishAsync(Count, async () =>
        {
            await publishing.KillAsync();
            await publishing.StartAsync();
        });
        await publisher.PublishAsync("", "end", "[]");
        await end.WaitAsync(Guard, Stop);

        var repeated = 0;
        foreach (var (lane, acknowledged) in publisher.Acknowledged)
        {
            var all = received.Where(one => one.Lane == lane).Select(one => one.Number).ToList();
            repeated += all.Count - all.Distinct().Count();
            AssertOrdered(lane, [.. all.Distinct()]);
            Assert.Empty(acknowledged.Except(all));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{received.Count} received, {repeated} of them once more.");
        Assert.InRange(repeated, 0, received.Count / 2);
        await publishing.UntilPrintedAsync($"Reader 'azure-signalr' goes on in stream {Hub}/0 from offset");
    }

    [Fact]
    public async Task KillServingNode_MidPublishing_ItHoldsWhatTheOtherAcknowledgedOnce()
    {
        await using var serving = await new NodeProcess { Log = "embedded" }.StartAsync();
        await using var publishing = await Through(serving).StartAsync();
        await using var ada = new HubConnectionBuilder().WithUrl($"{serving.Url}/api?hub={Hub}&user=ada")
            .WithAutomaticReconnect([.. Enumerable.Repeat(TimeSpan.FromMilliseconds(100), 3000)]).Build();
        var (received, end) = Listen(ada);
        await ada.StartAsync(Stop);

        var publisher = new LanePublisher(publishing, Hub);
        await publisher.PublishAsync(Count, async () =>
        {
            await serving.KillAsync();
            await serving.StartAsync();
        });
        await Wait.UntilAsync(() => Task.FromResult(ada.State == HubConnectionState.Connected), "The client doesn't come back.");
        await publisher.PublishAsync("", "end", "[]");
        await end.WaitAsync(Guard, Stop);
        await serving.StopAsync();

        var stored = await ReadAsync(Path.Combine(serving.Folder, "data"));
        foreach (var (lane, acknowledged) in publisher.Acknowledged)
        {
            var all = stored.Where(one => one.Lane == lane).Select(one => one.Number).ToList();
            AssertOrdered(lane, all);
            Assert.Empty(acknowledged.Except(all));
        }

        AssertOrdered("hub", [.. received.Where(one => one.Lane == "hub").Select(one => one.Number)]);
        await publishing.UntilPrintedAsync("takes no events now");
        await publishing.UntilPrintedAsync("takes events again");
        Assert.DoesNotContain(NodeProcess.Key, publishing.Output, StringComparison.Ordinal);
    }

    private static NodeProcess Through(NodeProcess serving) => new()
    {
        Log = "embedded",
        Settings = new Dictionary<string, string>
        {
            ["Serverless:AzureSignalR:ConnectionString"] = $"Endpoint={serving.Url};AccessKey={NodeProcess.Key};Version=1.0;",
            ["Serverless:AzureSignalR:Hubs:0"] = Hub,
        },
    };

    private static (ConcurrentQueue<(string Lane, int Number)> Received, Task End) Listen(HubConnection client)
    {
        var received = new ConcurrentQueue<(string, int)>();
        var end = new TaskCompletionSource();
        client.On<string, int>("number", (lane, number) => received.Enqueue((lane, number)));
        client.On("end", () => end.TrySetResult());
        return (received, end.Task);
    }

    private static void AssertOrdered(string lane, List<int> numbers)
    {
        for (var i = 1; i < numbers.Count; i++)
        {
            Assert.True(numbers[i] > numbers[i - 1], $"{lane}: {numbers[i]} follows {numbers[i - 1]}.");
        }
    }

    private static async Task<List<(string Lane, int Number)>> ReadAsync(string folder)
    {
        var stream = new StreamName(Hub);
        var codec = new FrameCodec(Options.Create(new CodecOptions()));
        await using var log = new EmbeddedEventLog(
            Options.Create(new LogOptions { Path = folder }), TimeProvider.System, NullLogger<EmbeddedEventLog>.Instance);
        await log.OpenAsync(Stop);
        var stored = new List<(string, int)>();
        var from = ReadFrom.Start;
        while (await log.ReadAsync(stream, from, 1 << 20, Stop) is ReadResult.Page { Entries: { Count: > 0 } entries, End: var end })
        {
            from = end;
            foreach (var message in entries.SelectMany(entry => codec.Decode(stream, entry.Last.Offset, entry.Frame)).OfType<MessageSent>().Where(sent => sent.Target == "number"))
            {
                using var arguments = JsonDocument.Parse(message.Arguments.Bytes);
                stored.Add((arguments.RootElement[0].GetString()!, arguments.RootElement[1].GetInt32()));
            }
        }

        return stored;
    }
}
