using System.Text;
using MessagePack;
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

public sealed class MessagingHandlersTests : IAsyncDisposable
{
    private readonly FaultyLog _log = new(NewLog());
    private readonly Pipeline _pipeline;
    private readonly HubServices _handlers;

    public MessagingHandlersTests()
    {
        _pipeline = new(_log, Frames, Options.Create(new BatchingOptions()), new TimerTime());
        _handlers = new([new MessagingHandlers(Senders.Over(_pipeline, _log, Frames, new TimerTime()), new ClaimedAccess())], NullLogger<HubServices>.Instance);
    }

    public static TheoryData<PayloadFormat> Formats => [PayloadFormat.Json, PayloadFormat.MessagePack];

    public ValueTask DisposeAsync() => _pipeline.DisposeAsync();

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task JoinAndLeaveGroup_Name_IsStoredForTheCaller(PayloadFormat format)
    {
        await DoneAsync("JoinGroup", format, "\"room\"");
        await DoneAsync("leavegroup", format, "\"room\"");

        Assert.Equal(
            [
                new GroupJoined { Group = "room", Member = GroupMember.Connection(new("c")) },
                new GroupLeft { Group = "room", Member = GroupMember.Connection(new("c")) },
            ],
            await AllAsync(_log));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Sends_NamesAndArguments_AreStoredForTheirAudience(PayloadFormat format)
    {
        await DoneAsync("SendToGroup", format, "\"room\"", "\"receive\"", "1", "[true]");
        await DoneAsync("SENDTOUSER", format, "\"ann\"", "\"receive\"", "null");
        await DoneAsync("broadcast", format, "\"receive\"");

        var messages = (await AllAsync(_log)).Cast<MessageSent>().ToList();
        Assert.Equal([Audience.Group("room"), Audience.User("ann"), Audience.Hub], messages.Select(message => message.Audience));
        Assert.All(messages, message => Assert.Equal("receive", message.Target));
        Assert.Equal(
            [Value(format, "[1,[true]]"), Value(format, "[null]"), Value(format, "[]")],
            messages.Select(message => message.Arguments));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Echo_OneValue_IsGivenBackAsItIs(PayloadFormat format)
    {
        var result = await InvokeAsync("Echo", format, """{"a":[1,2.5,"é"]}""");

        Assert.Equal(Value(format, """{"a":[1,2.5,"é"]}"""), Assert.IsType<InvocationResult.Value>(result).Payload);
        Assert.Empty(await AllAsync(_log));
    }

    [Theory]
    [InlineData("JoinGroup")]
    [InlineData("JoinGroup", "\"\"")]
    [InlineData("JoinGroup", "\" \"")]
    [InlineData("JoinGroup", "5")]
    [InlineData("JoinGroup", "null")]
    [InlineData("JoinGroup", "[\"room\"]")]
    [InlineData("JoinGroup", "\"a\"", "\"b\"")]
    [InlineData("LeaveGroup")]
    [InlineData("LeaveGroup", "{}")]
    [InlineData("SendToGroup")]
    [InlineData("SendToGroup", "\"room\"")]
    [InlineData("SendToGroup", "\"\"", "\"receive\"")]
    [InlineData("SendToGroup", "\"room\"", "\"\"")]
    [InlineData("SendToGroup", "\"room\"", "5", "1")]
    [InlineData("SendToUser", "\"ann\"")]
    [InlineData("SendToUser", "5", "\"receive\"")]
    [InlineData("Broadcast")]
    [InlineData("Broadcast", "5")]
    [InlineData("Broadcast", "\"\"")]
    [InlineData("Echo")]
    [InlineData("Echo", "1", "2")]
    [InlineData("Nothing")]
    [InlineData("")]
    public async Task Invoke_WrongArguments_IsRefusedAndNothingStored(string target, params string[] arguments)
    {
        foreach (var format in Formats)
        {
            Assert.NotEmpty(Assert.IsType<InvocationResult.Failed>(await InvokeAsync(target, format.Data, arguments)).Error);
        }

        Assert.Empty(await AllAsync(_log));
    }

    [Fact]
    public async Task Invoke_NamesTooLong_AreRefused()
    {
        foreach (var (target, arguments) in new (string, string[])[]
        {
            ("JoinGroup", [Text(1025)]),
            ("SendToGroup", [Text(1025), "\"t\""]),
            ("SendToGroup", ["\"g\"", Text(1025)]),
            ("SendToUser", [Text(1025), "\"t\""]),
        })
        {
            Assert.IsType<InvocationResult.Failed>(await InvokeAsync(target, PayloadFormat.Json, arguments));
        }

        await DoneAsync("JoinGroup", PayloadFormat.Json, Text(1024));
    }

    /// <summary>It is JSON, but no text; and the call must not throw.</summary>
    [Fact]
    public async Task Invoke_HalfASurrogatePair_IsRefused()
    {
        Assert.IsType<InvocationResult.Failed>(await InvokeAsync("JoinGroup", PayloadFormat.Json, "\"\\ud800\""));
        Assert.IsType<InvocationResult.Failed>(await InvokeAsync("Broadcast", PayloadFormat.Json, "\"\\udc00x\"", "1"));
    }

    [Fact]
    public async Task Invoke_EscapedName_IsUnescaped()
    {
        await DoneAsync("JoinGroup", PayloadFormat.Json, "\"r\\u006fom\"");

        Assert.Equal("room", Assert.IsType<GroupJoined>(Assert.Single(await AllAsync(_log))).Group);
    }

    [Fact]
    public async Task Invoke_ManyWithoutWaiting_AreStoredInOrder()
    {
        var calls = Enumerable.Range(0, 500).Select(i => InvokeAsync("Broadcast", PayloadFormat.Json, $"\"{i}\"")).ToList();
        await Task.WhenAll(calls).In();

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), await TargetsAsync(_log));
    }

    [Theory]
    [InlineData("JoinGroup", "\"room-1\"", true)]
    [InlineData("SendToGroup", "\"room-1\" \"t\"", true)]
    [InlineData("LeaveGroup", "\"a b\"", true)]
    [InlineData("JoinGroup", "\"room\"", false)]
    [InlineData("JoinGroup", "\"a bc\"", false)]
    [InlineData("SendToGroup", "\"Room-1\" \"t\"", false)]
    [InlineData("SendToUser", "\"ann\" \"t\"", false)]
    [InlineData("Broadcast", "\"t\"", false)]
    public async Task Invoke_LimitedToGroups_IsAllowedThereOnly(string target, string arguments, bool isAllowed)
    {
        var caller = new HubCaller(Chat, new("c"), "user") { Access = Access.Parse(Access.ToClaim(["room-*", "a b"]), null) };
        Payload[] values = [.. arguments.Split("\" \"").Select(text => Value(PayloadFormat.Json, $"\"{text.Trim('"')}\""))];
        var result = await _handlers.InvokeAsync(new(caller, target, values), CancellationToken.None).In();

        Assert.Equal(isAllowed, result is InvocationResult.Done);
        Assert.Equal(isAllowed ? 1 : 0, (await AllAsync(_log)).Count);
    }

    [Fact]
    public async Task Invoke_LogIsDown_Throws()
    {
        _log.BeforeAppend = _ => throw new LogUnavailableException(Chat, "down");

        await Assert.ThrowsAsync<LogUnavailableException>(() => InvokeAsync("Broadcast", PayloadFormat.Json, "\"t\""));
    }

    private async Task DoneAsync(string target, PayloadFormat format, params string[] arguments) =>
        Assert.IsType<InvocationResult.Done>(await InvokeAsync(target, format, arguments));

    private Task<InvocationResult> InvokeAsync(string target, PayloadFormat format, params string[] arguments) => _handlers
        .InvokeAsync(new(new(Chat, new("c"), "user"), target, [.. arguments.Select(json => Value(format, json))]), CancellationToken.None)
        .In();

    private static string Text(int length) => $"\"{new string('x', length)}\"";

    private static Payload Value(PayloadFormat format, string json) => format == PayloadFormat.Json
        ? Payload.FromJson(Encoding.UTF8.GetBytes(json))
        : new(PayloadFormat.MessagePack, MessagePackSerializer.ConvertFromJson(json));
}
