using System.Collections.Concurrent;
using System.Diagnostics;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>600 new clients, each with an address, a cookie, a connection token and a room of its own: where does nginx send them?</summary>
internal static class Probes
{
    public const int Count = 600;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    /// <summary>Sends one request of each.</summary>
    /// <param name="nginx">Where to.</param>
    /// <param name="round">Tells the rounds apart.</param>
    /// <returns>The node that each met.</returns>
    public static async Task<IReadOnlyDictionary<int, string>> SendAsync(NginxServer nginx, string round)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false });
        var options = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForAsync(0, Count, options, async (i, stop) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{nginx.Url}/health/live?id=token-{i}&room=room-{i}");
            request.Headers.Add("X-Real-IP", $"10.{i / 250}.{i % 250}.7");
            request.Headers.Add("Cookie", $"srvless=cookie-{i}");
            request.Headers.Add(NginxServer.ClientHeader, $"{round}{i}");
            using var answer = await http.SendAsync(request, stop);
            answer.EnsureSuccessStatusCode();
        });
        var met = new ConcurrentDictionary<int, string>();
        for (var waited = Stopwatch.StartNew(); met.Count < Count; await Task.Delay(20))
        {
            Assert.True(waited.Elapsed < Guard, $"nginx logged {met.Count} of {Count} requests.");
            foreach (var request in nginx.Requests().Where(request => request.Client.StartsWith(round, StringComparison.Ordinal)))
            {
                met[int.Parse(request.Client[round.Length..], null)] = request.Servers[^1];
            }
        }

        return met;
    }
}
