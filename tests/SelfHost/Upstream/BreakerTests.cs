using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Serverless.Events;
using Serverless.SelfHost.Upstream;
using Serverless.Tests.Core;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>When a host is called no more, and when again.</summary>
public sealed class BreakerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly UpstreamTemplate _template = new(new() { UrlTemplate = "http://h" });
    private readonly UpstreamPipelines _pipelines;
    private int _attempts;

    public BreakerTests() => _pipelines = new(Options.Create(new UpstreamOptions()), _time, NullLogger<UpstreamPipelines>.Instance);

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Invocations_HostIsntThere_AreTriedAgainAfterTheBreak(int status)
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(status, (await SendAsync(status)).Status);
        }

        await Assert.ThrowsAsync<BrokenCircuitException>(() => SendAsync(200));
        Assert.Equal(10, _attempts);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(200, (await SendAsync(200)).Status);
        Assert.Equal(200, (await SendAsync(200)).Status);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task Invocations_HostLives_GoOn(int status)
    {
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(status, (await SendAsync(status)).Status);
        }

        Assert.Equal(30, _attempts);
    }

    [Fact]
    public async Task Invocations_OfAnotherHost_GoOn()
    {
        for (var i = 0; i < 10; i++)
        {
            await SendAsync(503);
        }

        Assert.Equal(200, (await SendAsync(200, "http://other")).Status);
    }

    [Fact]
    public async Task ConnectionEvents_DuringABreak_WaitForItsEnd()
    {
        for (var i = 0; i < 10; i++)
        {
            await SendAsync(503);
        }

        var disconnected = SendAsync(200, happened: UpstreamEvent.Disconnected(null));
        Assert.False(disconnected.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(200, (await disconnected.In()).Status);
        Assert.Equal(11, _attempts);
    }

    public void Dispose() => _pipelines.Dispose();

    private Task<UpstreamAnswer> SendAsync(int status, string address = "http://h", UpstreamEvent? happened = null)
    {
        var invoked = new UpstreamEvent(UpstreamEvent.Messages, "Say", "application/json", default, "7");
        var call = new UpstreamCall(new(new StreamName("chat"), new ConnectionId("c"), null, default), happened ?? invoked, _template, new(address), "");
        return _pipelines.For(call).ExecuteAsync(
            _ =>
            {
                _attempts++;
                return ValueTask.FromResult(new UpstreamAnswer(status));
            },
            TestContext.Current.CancellationToken).AsTask();
    }
}
