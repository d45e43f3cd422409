using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>Four nodes over one Redis. Three stand behind a balancer from the start, the fourth is for adding. Each prints the requests that it is asked.</summary>
public sealed partial class Nodes : IAsyncLifetime
{
    private readonly RedisServer _redis = new();
    private readonly List<NodeProcess> _all = [];
    private readonly int[] _admin = [.. Enumerable.Range(0, 4).Select(_ => TestPorts.Next())];

    /// <summary>Their addresses, as <c>127.0.0.1:5000</c>.</summary>
    public IReadOnlyList<string> Addresses => [.. _all.Select(node => $"127.0.0.1:{node.Port}")];

    public NodeProcess this[int index] => _all[index];

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            _all.Add(new()
            {
                Log = "redis",
                Arguments = ["--redis", _redis.EndPoint],
                Settings = new Dictionary<string, string>
                {
                    ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Information",
                    ["Serverless:Admin:Urls"] = $"http://127.0.0.1:{_admin[i]}",
                },
            });
        }

        await Task.WhenAll(_all.Select(node => node.StartAsync()));
    }

    /// <summary>Which nodes were asked anything by a client that polls or has an event stream, by its connection token: of those who have sent something.</summary>
    public IReadOnlyDictionary<string, HashSet<int>> Asked(string hub)
    {
        var asked = new Dictionary<string, HashSet<int>>();
        var senders = new HashSet<string>();
        for (var i = 0; i < _all.Count; i++)
        {
            foreach (Match request in RequestRule().Matches(_all[i].Output))
            {
                var id = request.Groups["id"].Value;
                if (request.Groups["hub"].Value == hub)
                {
                    asked.TryAdd(id, []);
                    asked[id].Add(i);
                    if (request.Groups["method"].Value == "POST")
                    {
                        senders.Add(id);
                    }
                }
            }
        }

        return asked.Where(own => senders.Contains(own.Key)).ToDictionary();
    }

    /// <summary>How many WebSockets of a hub each node has, by its own metrics; by its address.</summary>
    public async Task<IReadOnlyDictionary<string, int>> WebSocketsAsync(string hub)
    {
        var counts = new Dictionary<string, int>();
        using var http = new HttpClient();
        for (var i = 0; i < _all.Count; i++)
        {
            var metrics = await http.GetStringAsync(new Uri($"http://127.0.0.1:{_admin[i]}/metrics"), TestContext.Current.CancellationToken);
            counts[Addresses[i]] = metrics.Split('\n')
                .Where(line => line.StartsWith("websocket_connections{", StringComparison.Ordinal) && line.Contains($"hub=\"{hub}\"", StringComparison.Ordinal)
                    && line.Contains("transport=\"WebSockets\"", StringComparison.Ordinal))
                .Sum(line => int.Parse(line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));
        }

        return counts;
    }

    /// <summary>Sends to all clients of a hub, by a node's REST API.</summary>
    public async Task BroadcastAsync(int node, string hub, int number)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_all[node].Url}/api/v1/hubs/{hub}");
        request.Headers.Authorization = new("Bearer", Jwt.ForApi($"http://localhost/api/v1/hubs/{hub}", NodeProcess.Key));
        request.Content = new StringContent($$"""{"target":"said","arguments":[{{number}}]}""", null, "application/json");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _all)
        {
            await node.DisposeAsync();
        }

        await _redis.DisposeAsync();
    }

    [GeneratedRegex(@"Request starting HTTP/1\.1 (?<method>\w+) \S+/client/?\?hub=(?<hub>\w+)\S*&id=(?<id>[\w-]+)")]
    private static partial Regex RequestRule();
}
