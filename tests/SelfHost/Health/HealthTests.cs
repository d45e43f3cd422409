using System.Net;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.Diagnostics;
using Serverless.Log;
using Serverless.Log.Memory;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Health;

public sealed class HealthTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/health/live")]
    [InlineData("GET", "/health/ready")]
    [InlineData("GET", "/api/health")]
    [InlineData("HEAD", "/api/health?api-version=2022-06-01")]
    [InlineData("GET", "/api/v1/health")]
    [InlineData("HEAD", "/api/v1/health")]
    public async Task Health_LogAnswers_Is200WithoutToken(string verb, string target)
    {
        await using var node = await Node.StartAsync();
        using var request = new HttpRequestMessage(new(verb), target);

        using var answer = await node.Http.SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Ready_RedisGone_Is503AndLiveIs200AndItRecovers()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await new NodeProcess { Log = "redis", Arguments = ["--redis", redis.EndPoint] }.StartAsync();
        using var http = new HttpClient { BaseAddress = new(node.Url) };

        await redis.KillAsync();
        await Wait.UntilAsync(async () => await StatusAsync(http, "/health/ready") == HttpStatusCode.ServiceUnavailable, "Still ready without Redis.");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/health/live"));

        await redis.StartAsync();
        await Wait.UntilAsync(async () => await StatusAsync(http, "/health/ready") == HttpStatusCode.OK, "Not ready again.");
    }

    [Fact]
    public async Task Fault_AskedByManyWithinASecond_AsksTheLogOnce()
    {
        var time = new FakeTimeProvider();
        await using var log = new CountingLog(new MemoryEventLog(Options.Create(new LogOptions())));
        var probe = new LogProbe(log, time);

        for (var i = 0; i < 100; i++)
        {
            Assert.Null(await probe.FaultAsync(Stop));
        }

        Assert.Equal(1, log.Heads);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await probe.FaultAsync(Stop));
        Assert.Equal(2, log.Heads);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string target)
    {
        using var answer = await http.GetAsync(new Uri(target, UriKind.Relative), Stop);
        return answer.StatusCode;
    }
}
