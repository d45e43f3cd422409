using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>Many clients of one node, whose events go upstream.</summary>
public sealed class ManyClientsTests
{
    private const int Clients = 5000;
    private const int MaxConcurrent = 200;

    [Fact]
    public async Task Events_Of5000Clients_AllComeInOrder()
    {
        var events = new ConcurrentDictionary<string, List<string>>();
        var gone = new CountdownEvent(Clients);
        var allGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (now, most) = (0, 0);
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (received, context) =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref now));
            var names = events.GetOrAdd(received.Connection, _ => []);
            lock (names)
            {
                names.Add(received.Name);
            }

            if (received.Name == "Say")
            {
                await context.Response.WriteAsync("""{"type":3,"invocationId":"7","result":1}""" + "\u001e");
            }

            Interlocked.Decrement(ref now);
            if (received.Name == "disconnected" && gone.Signal())
            {
                allGone.SetResult();
            }
        };
        // a slow machine takes longer for all of them than a quiet client may be silent, or isn't pinged
        await using var node = await UpstreamNode.StartAsync(
            receiver,
            (UpstreamNode.Setting("MaxConcurrent"), $"{MaxConcurrent}"),
            ("Serverless:Connections:KeepAlive", "00:05:00"),
            ("Serverless:Connections:ClientTimeout", "00:10:00"));
        var clients = new ConcurrentBag<RawWebSocket>();
        await Parallel.ForAsync(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, _) =>
        {
            var client = await RawWebSocket.OpenAsync(node.Address);
            clients.Add(client);
            await client.SendTextAsync("""{"type":1,"invocationId":"7","target":"Say","arguments":["hi"]}""");
        });
        foreach (var client in clients)
        {
            Assert.Equal("""{"type":3,"invocationId":"7","result":1}""" + "\u001e", (await client.FrameAsync()).Text);
            client.Dispose();
        }

        await allGone.Task.WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        Assert.Equal(Clients, events.Count);
        Assert.All(events.Values, names => Assert.Equal(["connected", "Say", "disconnected"], names));
        Assert.InRange(most, 1, MaxConcurrent);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}
