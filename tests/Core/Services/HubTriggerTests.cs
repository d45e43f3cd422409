using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Events;
using Serverless.Log;
using Serverless.Services;
using Serverless.Services.Auth;
using Serverless.Services.Messaging;
using Serverless.Tests.Core.Sharding;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Services;

public sealed class HubTriggerTests : IAsyncDisposable
{
    private readonly FaultyLog _log = new(NewLog());
    private readonly TimerTime _time = new();
    private readonly Pipeline _pipeline;
    private readonly Told _told = new();
    private readonly HubTrigger _trigger;

    public HubTriggerTests()
    {
        _pipeline = new(_log, Frames, Options.Create(new BatchingOptions()), _time);
        HubServices services = new([new MessagingHandlers(Senders.Over(_pipeline, _log, Frames, _time), new ClaimedAccess()), _told], NullLogger<HubServices>.Instance);
        _trigger = new(services, _pipeline, Senders.OneStream, _time);
    }

    private static HubCaller Caller { get; } = new(Chat, new("c"), "ada");

    public ValueTask DisposeAsync() => _pipeline.DisposeAsync();

    [Fact]
    public async Task ConnectedAndDisconnected_ToldTwice_StandOnceInTheStream()
    {
        for (var i = 0; i < 2; i++)
        {
            await _trigger.ConnectedAsync(Caller, CancellationToken.None).In();
            await _trigger.DisconnectedAsync(Caller, "why", CancellationToken.None).In();
        }

        Assert.Equal([ConnectionOpened.For(new("c"), "ada"), ConnectionClosed.For(new("c"), "why")], await AllAsync(_log));
        Assert.Equal(["connected", "disconnected", "connected", "disconnected"], _told.Calls);
    }

    [Fact]
    public async Task Connected_LogIsAwayForAWhile_IsTriedAgain()
    {
        var fails = 2;
        _log.BeforeAppend = _ => fails-- > 0 ? throw new LogUnavailableException(Chat, "away") : Task.CompletedTask;
        var connecting = _trigger.ConnectedAsync(Caller, CancellationToken.None);
        for (var i = 0; i < 2; i++)
        {
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await connecting.In();
        Assert.Single(await AllAsync(_log));
    }

    [Fact]
    public async Task Disconnected_LogStaysAway_EndsWithTheFault()
    {
        _log.BeforeAppend = _ => throw new LogUnavailableException(Chat, "away");
        var disconnecting = _trigger.DisconnectedAsync(Caller, null, CancellationToken.None);
        for (var i = 0; i < 4; i++)
        {
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        await Assert.ThrowsAsync<LogUnavailableException>(() => disconnecting.In());
        Assert.Empty(_told.Calls);
    }

    [Fact]
    public async Task Invoke_Result_IsItsJson()
    {
        Assert.Equal("""{"a":[1.50]}""", (await InvokeAsync("echo", """{"a":[1.50]}"""))!.Value.GetRawText());
        Assert.Null(await InvokeAsync("JoinGroup", "\"room\""));
    }

    [Fact]
    public async Task Invoke_Refused_ThrowsTheReasonWithoutAStack()
    {
        var refused = await Assert.ThrowsAsync<HubCallException>(() => InvokeAsync("JoinGroup", "\"\""));

        Assert.Contains("group's name", refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.StackTrace);
    }

    private Task<JsonElement?> InvokeAsync(string method, string argument) =>
        _trigger.InvokeAsync(Caller, method, [JsonSerializer.Deserialize<JsonElement>(argument)], CancellationToken.None).In();

    /// <summary>A service that is told of connections.</summary>
    private sealed class Told : IHubService
    {
        public List<string> Calls { get; } = [];

        public IReadOnlyDictionary<string, HubMethod> Methods { get; } = new Dictionary<string, HubMethod>();

        public ValueTask ConnectedAsync(HubCaller caller, CancellationToken cancellationToken)
        {
            Calls.Add("connected");
            return ValueTask.CompletedTask;
        }

        public ValueTask DisconnectedAsync(HubCaller caller, CancellationToken cancellationToken)
        {
            Calls.Add("disconnected");
            return ValueTask.CompletedTask;
        }
    }
}
