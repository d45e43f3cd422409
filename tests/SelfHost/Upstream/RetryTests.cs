using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.Events;
using Serverless.SelfHost.Upstream;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>What is sent again, and when.</summary>
public sealed class RetryTests : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.1);

    private readonly FakeTimeProvider _time = new();
    private readonly UpstreamTemplate _template = new(new() { UrlTemplate = "http://h" });
    private readonly UpstreamPipelines _pipelines;
    private int _attempts;

    public RetryTests() => _pipelines = new(Options.Create(new UpstreamOptions()), _time, NullLogger<UpstreamPipelines>.Instance);

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, 1)]
    [InlineData(HttpRequestError.ConnectionError, 3)]
    [InlineData(HttpRequestError.NameResolutionError, 1)]
    public async Task Invocation_ThatCantHaveArrived_IsSentAgain(HttpRequestError fault, int times)
    {
        var answer = await InTimeAsync(SendAsync(UpstreamEvent.Messages, times, fault));

        Assert.Equal(200, answer.Status);
        Assert.Equal(times + 1, _attempts);
    }

    [Fact]
    public async Task Invocation_RefusedEachTime_IsGivenUpAfterFourWithinSeconds()
    {
        var began = _time.GetUtcNow();
        await Assert.ThrowsAsync<HttpRequestException>(() => InTimeAsync(SendAsync(UpstreamEvent.Messages, int.MaxValue, HttpRequestError.ConnectionError)));

        Assert.Equal(4, _attempts);
        // the pauses grow, and chance makes them up to twice as long
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(99));
    }

    [Theory]
    [InlineData(HttpRequestError.ResponseEnded)]
    [InlineData(HttpRequestError.Unknown)]
    public async Task Invocation_ThatMayHaveArrived_IsNotSentAgain(HttpRequestError fault)
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => InTimeAsync(SendAsync(UpstreamEvent.Messages, int.MaxValue, fault)));

        Assert.Equal(1, _attempts);
    }

    [Theory]
    [InlineData(UpstreamEvent.Messages, 1)]
    [InlineData(UpstreamEvent.Connections, 4)]
    public async Task Answer500_IsWorthAnotherTimeForEventsOfConnectionsOnly(string category, int attempts)
    {
        Assert.Equal(500, (await InTimeAsync(SendAsync(category, int.MaxValue, null))).Status);

        Assert.Equal(attempts, _attempts);
    }

    [Fact]
    public async Task Disconnected_OfManyWhileTheApplicationIsAway_IsToldOfEachWhenItIsBack()
    {
        var back = _time.GetUtcNow() + TimeSpan.FromSeconds(60);
        var sending = Enumerable.Range(0, 50).Select(_ => SendAsync(UpstreamEvent.Disconnected(null), IsBack, HttpRequestError.ConnectionError)).ToList();

        await InTimeAsync(Task.WhenAll(sending));
        Assert.All(sending, sent => Assert.Equal(200, sent.Result.Status));
        Assert.InRange(_time.GetUtcNow(), back, back + TimeSpan.FromSeconds(30));
        // the breaker spares a host that isn't there
        Assert.InRange(_attempts, 50, 150);

        bool IsBack() => _time.GetUtcNow() >= back;
    }

    [Fact]
    public async Task Connected_ApplicationStartsAnew_IsTold()
    {
        var back = _time.GetUtcNow() + TimeSpan.FromSeconds(4);
        Assert.Equal(200, (await InTimeAsync(SendAsync(UpstreamEvent.Connected, () => _time.GetUtcNow() >= back, HttpRequestError.ConnectionError))).Status);
    }

    [Fact]
    public async Task Connected_ApplicationStaysAway_IsGivenUp()
    {
        var began = _time.GetUtcNow();
        await Assert.ThrowsAnyAsync<Exception>(() => InTimeAsync(SendAsync(UpstreamEvent.Connected, () => false, HttpRequestError.ConnectionError)));
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(40));
    }

    public void Dispose() => _pipelines.Dispose();

    /// <summary>Lets the clock run until it is done.</summary>
    private async Task<T> InTimeAsync<T>(Task<T> sending)
    {
        await Wait.UntilAsync(
            () =>
            {
                if (!sending.IsCompleted)
                {
                    _time.Advance(Step);
                }

                return Task.FromResult(sending.IsCompleted);
            },
            "It is neither answered nor given up.");
        return await sending;
    }

    /// <summary>Sends an event: so many attempts fail, the next one succeeds.</summary>
    /// <param name="category">Of the event.</param>
    /// <param name="times">How many fail.</param>
    /// <param name="fault">How; null: they are answered with 500.</param>
    private Task<UpstreamAnswer> SendAsync(string category, int times, HttpRequestError? fault) => SendAsync(
        category == UpstreamEvent.Connections ? UpstreamEvent.Disconnected(null) : new(category, "Say", "application/json", default, "7"), () => _attempts > times, fault);

    private Task<UpstreamAnswer> SendAsync(UpstreamEvent happened, Func<bool> succeeds, HttpRequestError? fault)
    {
        var call = new UpstreamCall(new(new StreamName("chat"), new ConnectionId("c"), null, default), happened, _template, new("http://h"), "");
        return _pipelines.For(call).ExecuteAsync(
            _ =>
            {
                _attempts++;
                return succeeds() ? ValueTask.FromResult(new UpstreamAnswer(200))
                    : fault is { } error ? throw new HttpRequestException(error)
                    : ValueTask.FromResult(new UpstreamAnswer(500));
            },
            TestContext.Current.CancellationToken).AsTask();
    }
}
