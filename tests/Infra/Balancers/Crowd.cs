using System.Diagnostics;
using Microsoft.AspNetCore.Http.Connections;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>300 clients of one hub, a hundred of each transport, spread over as many networks and rooms.</summary>
internal sealed class Crowd(Nodes nodes, string hub) : IAsyncDisposable
{
    private const int Size = 300;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(40);

    private static readonly HttpTransportType[] Transports = [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling];

    private readonly List<BalancedClient> _clients = [];
    private int _sent;

    public IReadOnlyList<BalancedClient> Clients => _clients;

    /// <summary>Names of those who lost their connection at some time.</summary>
    public IReadOnlyList<string> Lost => [.. _clients.Where(client => client.Losses > 0).Select(client => client.Name).Order()];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Connects all, and has each make a call.</summary>
    public async Task ConnectAsync(string url, bool byRoom)
    {
        for (var i = 0; i < Size; i++)
        {
            _clients.Add(new(
                $"c{i}",
                byRoom ? $"{url}/client/?hub={hub}&room=room-{i}" : $"{url}/api?hub={hub}&user=u{i}",
                Transports[i % Transports.Length],
                $"10.{i / 250}.{i % 250}.7",
                byRoom ? Jwt.ForClient(hub, $"u{i}", NodeProcess.Key) : null));
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = 24, CancellationToken = Stop };
        await Parallel.ForEachAsync(_clients, options, async (client, stop) =>
        {
            await client.StartAsync(stop);
            await client.JoinAsync(stop);
        });
    }

    /// <summary>Sends one more message, and waits until each client has all that were sent: each once, in order.</summary>
    public async Task ReachAllAsync(int byNode)
    {
        await nodes.BroadcastAsync(byNode, hub, ++_sent);
        await UntilAsync(client => client.Received.Count >= _sent, $"didn't get message {_sent}");
        var wrong = _clients.Where(client => !client.Received.SequenceEqual(Enumerable.Range(1, _sent))).ToList();
        Assert.True(wrong.Count == 0, $"Not each message once: {string.Join("; ", wrong.Select(client => $"{client.Name}: {string.Join(' ', client.Received)}"))}");
    }

    /// <summary>Waits for a fact of each client.</summary>
    public async Task UntilAsync(Predicate<BalancedClient> fact, string otherwise)
    {
        for (var waited = Stopwatch.StartNew(); !_clients.TrueForAll(fact); await Task.Delay(20, Stop))
        {
            Assert.True(waited.Elapsed < Guard, $"{string.Join(' ', _clients.Where(client => !fact(client)).Select(client => $"{client.Name}/{client.Transport}"))}: {otherwise}");
        }
    }

    public async ValueTask DisposeAsync() => await Parallel.ForEachAsync(_clients, async (client, _) => await client.DisposeAsync());
}
