using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Presence;
using Serverless.Services;
using Serverless.Services.Auth;
using Serverless.Services.Presence;
using Serverless.Tests.Core.Connections;
using Serverless.Tests.Core.Sharding;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Services;

public sealed class PresenceHandlersTests : IAsyncDisposable
{
    private readonly TestNode _node = new();
    private readonly Rosters _rosters;
    private readonly PresenceHandlers _presence;
    private readonly HubServices _services;

    public PresenceHandlersTests()
    {
        _rosters = new(_node.Log, Frames, Senders.OneStream, _node.Time, NullLogger<Rosters>.Instance);
        var sender = Senders.Over(_node.Pipeline, _node.Log, Frames, _node.Time, lane: _node.Lane);
        _presence = new(sender, _rosters, new ClaimedAccess(), Options.Create(new PresenceOptions { MaxStateBytes = 16, MaxListed = 2 }));
        _services = new([_presence], NullLogger<HubServices>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _rosters.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Join_IsOneEntryInWhichTheRoomComesBeforeTheMessage()
    {
        await OpenAsync("ada");
        var before = _node.Log.Appends.Count;
        Assert.Equal("""[{"connection":"ada","user":"Ada","state":{"a":1}}]""", await ValueAsync("ada", "presence-join", "\"room\"", """{"a":1}"""));

        Assert.Equal(before + 1, _node.Log.Appends.Count);
        var events = (await AllAsync(_node.Log))[^3..];
        Assert.IsType<GroupJoined>(events[0]);
        Assert.IsType<PresenceChanged>(events[1]);
        var told = Assert.IsType<MessageSent>(events[2]);
        Assert.Equal(("presence-joined", Audience.Group("room")), (told.Target, told.Audience));
        Assert.Equal([new ConnectionId("ada")], told.Excluded);
        Assert.Equal("""["room",{"connection":"ada","user":"Ada","state":{"a":1}}]""", Encoding.UTF8.GetString(told.Arguments.Bytes.Span));
    }

    [Fact]
    public async Task Disconnected_ToldTwice_TheRoomsAreToldOnce()
    {
        await OpenAsync("ada");
        await ValueAsync("ada", "presence-join", "\"one\"", "1");
        await ValueAsync("ada", "presence-join", "\"two\"", "2");
        await ValueAsync("ada", "presence-join", "\"left\"", "3");
        await RunAsync("ada", "presence-leave", "\"left\"");
        await _node.AppendAsync(ConnectionClosed.For(new("ada"), null));
        var before = (await AllAsync(_node.Log)).Count;

        await _services.DisconnectedAsync(Caller("ada"), CancellationToken.None).AsTask().In();
        await _services.DisconnectedAsync(Caller("ada"), CancellationToken.None).AsTask().In();

        var told = (await AllAsync(_node.Log))[before..].Cast<MessageSent>().ToList();
        Assert.Equal(["presence-left", "presence-left"], told.Select(message => message.Target));
        Assert.Equal(["one", "two"], told.Select(message => message.Audience.Name).Order());
    }

    [Fact]
    public async Task Disconnected_ClosedByAnApplication_TheRoomIsTold()
    {
        await OpenAsync("ada");
        await ValueAsync("ada", "presence-join", "\"room\"", "1");
        await _node.AppendAsync(new CloseRequested { Audience = Audience.Hub, Excluded = [], Reason = "" });
        await _node.AppendAsync(ConnectionClosed.For(new("ada"), null));

        await _services.DisconnectedAsync(Caller("ada"), CancellationToken.None).AsTask().In();
        Assert.Equal("presence-left", (await TargetsAsync(_node.Log))[^1]);
    }

    [Fact]
    public async Task State_OfSomebodyNotInTheRoom_IsTakenBackAndIsntListed()
    {
        await OpenAsync("ada");
        await OpenAsync("bob");
        Assert.Contains("isn't in the room", Assert.IsType<InvocationResult.Failed>(await RunAsync("bob", "presence-state", "\"room\"", "1")).Error, StringComparison.Ordinal);
        Assert.Equal(["presence-changed", "presence-left"], await TargetsAsync(_node.Log));
        await _node.JoinAsync("bob", "room");

        Assert.Equal("""[{"connection":"bob","user":"Bob","state":null}]""", await ValueAsync("ada", "presence-users", "\"room\""));
    }

    /// <summary>Behind an upstream the call may take longer than the client stays.</summary>
    [Fact]
    public async Task Join_ConnectionHasClosedBefore_TheRoomIsToldThatItLeftEachTime()
    {
        await OpenAsync("ada");
        await ValueAsync("ada", "presence-join", "\"room\"", "1");
        await OpenAsync("bob");
        await _node.AppendAsync(ConnectionClosed.For(new("bob"), null));
        for (var time = 0; time < 2; time++)
        {
            Assert.Contains("is closed", Assert.IsType<InvocationResult.Failed>(await RunAsync("bob", "presence-join", "\"room\"", "2")).Error, StringComparison.Ordinal);
        }

        await _services.DisconnectedAsync(Caller("bob"), CancellationToken.None).AsTask().In();
        Assert.Equal(["presence-joined", "presence-joined", "presence-left", "presence-joined", "presence-left"], await TargetsAsync(_node.Log));
        var left = Assert.IsType<MessageSent>((await AllAsync(_node.Log))[^1]);
        Assert.Equal("""["room",{"connection":"bob","user":"Bob","state":null}]""", Encoding.UTF8.GetString(left.Arguments.Bytes.Span));
        Assert.Equal("""[{"connection":"ada","user":"Ada","state":1}]""", await ValueAsync("ada", "presence-users", "\"room\""));
    }

    [Fact]
    public async Task Calls_MadeWithoutWaiting_KeepTheirOrder()
    {
        await OpenAsync("ada");
        var calls = new[] { RunAsync("ada", "presence-join", "\"room\"", "0") }.Concat(Enumerable.Range(1, 50).Select(i => RunAsync("ada", "presence-state", "\"room\"", $"{i}"))).ToList();
        await Task.WhenAll(calls);

        Assert.All(calls, call => Assert.IsNotType<InvocationResult.Failed>(call.Result));
        Assert.Equal(Enumerable.Range(0, 51), (await AllAsync(_node.Log)).OfType<PresenceChanged>().Select(changed => int.Parse(changed.State.Bytes.Span)));
    }

    [Fact]
    public async Task Users_StateOfBeforeItLeft_IsntShownWhenItIsBack()
    {
        await OpenAsync("ada");
        await ValueAsync("ada", "presence-join", "\"room\"", "1");
        await _node.AppendAsync(new GroupLeft { Group = "room", Member = GroupMember.Connection(new("ada")) });
        await _node.JoinAsync("ada", "room");

        Assert.Equal("""[{"connection":"ada","user":"Ada","state":null}]""", await ValueAsync("ada", "presence-users", "\"room\""));
    }

    [Fact]
    public async Task Users_MoreThanAreListed_AreCut()
    {
        foreach (var name in new[] { "ada", "bob", "eve" })
        {
            await OpenAsync(name);
            await ValueAsync(name, "presence-join", "\"room\"", "1");
        }

        Assert.DoesNotContain("eve", await ValueAsync("ada", "presence-users", "\"room\""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("presence-join", "\"room\"")]
    [InlineData("presence-join", "\"\"", "1")]
    [InlineData("presence-join", "1", "1")]
    [InlineData("presence-join", "\"document/secret\"", "1")]
    [InlineData("cursor-move", "\"document/secret\"", "1")]
    [InlineData("presence-users", "\"document/secret\"")]
    [InlineData("presence-state", "\"room\"", "\"more than sixteen\"")]
    [InlineData("presence-users")]
    [InlineData("presence-users", "\"room\"", "1")]
    [InlineData("cursor-move", "\"room\"", "\"more than sixteen\"")]
    [InlineData("cursor-move", "\"room\"")]
    [InlineData("typing", "null", "true")]
    public async Task Call_WrongArguments_IsRefusedAndNothingStored(string method, params string[] arguments)
    {
        Assert.NotEmpty(Assert.IsType<InvocationResult.Failed>(await RunAsync("ada", method, arguments)).Error);
        Assert.Empty(await AllAsync(_node.Log));
    }

    private static HubCaller Caller(string name) => new(Chat, new(name), $"{char.ToUpperInvariant(name[0])}{name[1..]}");

    private async Task OpenAsync(string name) => await _node.AppendAsync(ConnectionOpened.For(new(name), Caller(name).User));

    private async Task<string> ValueAsync(string name, string method, params string[] arguments) =>
        Encoding.UTF8.GetString(Assert.IsType<InvocationResult.Value>(await RunAsync(name, method, arguments)).Payload.Bytes.Span);

    private Task<InvocationResult> RunAsync(string name, string method, params string[] arguments) => _services
        .InvokeAsync(new(Caller(name), method, [.. arguments.Select(json => Payload.FromJson(Encoding.UTF8.GetBytes(json)))]), CancellationToken.None).In();
}
