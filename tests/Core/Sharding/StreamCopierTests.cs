using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Sharding;
using Serverless.Tests.Fixtures;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Sharding;

/// <summary>A hub of four streams: what is for all comes into each, in order, once, whoever dies on the way.</summary>
public sealed class StreamCopierTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const int Streams = 4;

    /// <summary>Its first character names the stream.</summary>
    private static readonly ConnectionId InStream3 = new("Dxxxxxxxxxxxxxxxxxxxxx");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Append_ForAll_ComesIntoEachStreamInOrder()
    {
        await using var log = NewLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await node.Sender.AppendAsync(node.Streams[i % Streams], Message($"{i}"), Stop);
        }

        await node.UntilAsync(50);
        var expected = Enumerable.Range(0, 50).Select(i => $"{i}").ToList();
        foreach (var stream in node.Streams)
        {
            Assert.Equal(expected, await node.TargetsAsync(stream));
        }
    }

    [Fact]
    public async Task Append_AboutOneConnection_StaysInItsStream()
    {
        await using var log = NewLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.StartAsync();
        await node.Sender.AppendAsync(node.Streams[2], [
            new GroupJoined { Group = "g", Member = GroupMember.Connection(new("c")) },
            Message("direct", Audience.Connection(new("c"))),
            Message("group", Audience.Group("g")),
        ], Stop);
        await node.UntilAsync(1, "group");
        Assert.Equal(["group"], await node.TargetsAsync(node.Streams[0]));
        Assert.Equal(["direct", "group"], await node.TargetsAsync(node.Streams[2]));
        Assert.Equal(["group"], await node.TargetsAsync(node.Streams[3]));
        Assert.Single((await node.EventsAsync(node.Streams[2])).OfType<GroupJoined>());
        Assert.Empty((await node.EventsAsync(node.Streams[0])).OfType<GroupJoined>());
    }

    [Fact]
    public async Task Append_LocalGroup_GoesToItsStreamAlone()
    {
        await using var log = NewLog();
        await using var node = new CopyingNode("chat", Streams, log, localGroups: true);
        await node.StartAsync();
        var home = node.Hub.Home(node.Streams[0], "room")!.Value;
        var other = node.Streams.First(stream => stream != home);
        Assert.Equal(home, node.Hub.Place("chat", "room"));
        Assert.Equal(home, node.Hub.Home(other, "document/room"));
        await node.Sender.AppendAsync(other, Message("in", Audience.Group("room")), Stop);
        await node.Sender.AppendAsync(home, new GroupJoined { Group = "room", Member = GroupMember.Connection(new("c")) }, Stop);
        var wrong = await Assert.ThrowsAsync<WrongShardException>(async () =>
            await node.Sender.AppendAsync(other, new GroupJoined { Group = "room", Member = GroupMember.Connection(new("d")) }, Stop));
        Assert.Contains("'room=room'", wrong.Message, StringComparison.Ordinal);
        await node.Sender.AppendAsync(other, Message("all"), Stop);
        await node.UntilAsync(1, "all");
        Assert.Equal(["in", "all"], await node.TargetsAsync(home));
        Assert.All(node.Streams.Where(stream => stream != home), stream => Assert.Equal(["all"], node.TargetsAsync(stream).GetAwaiter().GetResult()));
    }

    [Fact]
    public async Task Publish_ToConnection_GoesToItsStream()
    {
        await using var log = NewLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.Sender.PublishAsync(node.Streams[0], [Message("one", Audience.Connection(InStream3)), Message("nobody", Audience.Connection(new("x")))], Stop);
        Assert.Equal(["one"], await node.TargetsAsync(node.Streams[3]));
        Assert.Equal(["nobody"], await node.TargetsAsync(node.Streams[0]));
    }

    /// <summary>The log of the process that copies is closed in the middle, as by its death: it gives no lease back and keeps no last checkpoint.</summary>
    [Fact]
    public async Task Append_CopierDies_AnotherGoesOnWithoutLossOrRepeat()
    {
        const int count = 400;
        var hub = $"h{Guid.NewGuid():N}"[..12];
        await using var firstLog = await OpenAsync();
        await using var secondLog = await OpenAsync();
        await using var first = new CopyingNode(hub, Streams, firstLog);
        await using var second = new CopyingNode(hub, Streams, secondLog);
        await first.StartAsync();
        // what has been copied shows who copies; to ask for the lease would be to take it
        await first.Sender.AppendAsync(first.Streams[0], Message("begin"), Stop);
        await first.UntilAsync(1);
        await second.StartAsync();
        for (var i = 0; i < count; i++)
        {
            await second.Sender.AppendAsync(second.Streams[i % Streams], Message($"{i}"), Stop);
            if (i == count / 2)
            {
                await firstLog.DisposeAsync();
            }
        }

        await second.UntilAsync(count + 1);
        List<string> expected = ["begin", .. Enumerable.Range(0, count).Select(i => $"{i}")];
        foreach (var stream in second.Streams)
        {
            Assert.Equal(expected, await second.TargetsAsync(stream));
        }
    }

    /// <summary>The copies that are there are known by their keys; those after them are made again, in order.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(39)]
    public async Task Copies_OneStreamLosesItsTail_AreMadeAgain(int left)
    {
        const int count = 40;
        var log = new LossyLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.StartAsync();
        for (var i = 0; i < count; i++)
        {
            await node.Sender.AppendAsync(node.Streams[i % Streams], Message($"{i}"), Stop);
        }

        await node.UntilAsync(count);
        log.Lose(node.Streams[2], left);
        await node.UntilAsync(count);
        await node.Sender.AppendAsync(node.Streams[1], Message("end"), Stop);
        await node.UntilAsync(count + 1);
        List<string> expected = [.. Enumerable.Range(0, count).Select(i => $"{i}"), "end"];
        foreach (var stream in node.Streams)
        {
            Assert.Equal(expected, await node.TargetsAsync(stream));
        }
    }

    /// <summary>The process that made them is gone, and the one that takes over wasn't told of them.</summary>
    [Fact]
    public async Task Copies_LostWhileAnotherProcessTakesOver_AreMadeAgain()
    {
        const int count = 12;
        var log = new LossyLog();
        await using (var first = new CopyingNode("chat", Streams, log))
        {
            await first.StartAsync();
            for (var i = 0; i < count; i++)
            {
                await first.Sender.AppendAsync(first.Streams[0], Message($"{i}"), Stop);
            }

            await first.UntilAsync(count);
        }

        log.Lose(new("chat", 2), count - 3);
        await using var second = new CopyingNode("chat", Streams, log);
        await second.StartAsync();
        await second.UntilAsync(count);
        foreach (var stream in second.Streams)
        {
            Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), await second.TargetsAsync(stream));
        }
    }

    /// <summary>What is copied again goes to the stream that lost it; the others may have forgotten its keys.</summary>
    [Fact]
    public async Task Copies_OneStreamLosesItsTail_OthersGetNothingTwiceThoughTheirKeysAreForgotten()
    {
        const int count = 20;
        var log = new LossyLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.StartAsync();
        for (var i = 0; i < count; i++)
        {
            await node.Sender.AppendAsync(node.Streams[0], Message($"{i}"), Stop);
        }

        await node.UntilAsync(count);
        log.ForgetKeys();
        log.Lose(node.Streams[2], 5);
        await node.UntilAsync(count);
        await node.Sender.AppendAsync(node.Streams[0], Message("end"), Stop);
        await node.UntilAsync(count + 1);
        List<string> expected = [.. Enumerable.Range(0, count).Select(i => $"{i}"), "end"];
        Assert.Equal(expected, await node.TargetsAsync(node.Streams[1]));
        Assert.Equal(expected, (await node.TargetsAsync(node.Streams[2])).Distinct());
    }

    /// <summary>Something was copied that shard 0 itself lost: its copies stay, and what comes then is copied once.</summary>
    [Fact]
    public async Task Originals_Lost_OthersAreCopiedOnce()
    {
        var log = new LossyLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.StartAsync();
        foreach (var target in (string[])["a", "b", "lost", "lost too"])
        {
            await node.Sender.AppendAsync(node.Streams[0], Message(target), Stop);
            await node.UntilAsync(1, target);
        }

        log.Lose(node.Streams[0], 2);
        log.Learn(node.Streams[0]);
        await node.Sender.AppendAsync(node.Streams[0], Message("c"), Stop);
        await node.UntilAsync(1, "c");
        Assert.Equal(["a", "b", "c"], await node.TargetsAsync(node.Streams[0]));
        Assert.All(node.Streams.Skip(1), stream => Assert.Equal(["a", "b", "lost", "lost too", "c"], node.TargetsAsync(stream).GetAwaiter().GetResult()));
    }

    /// <summary>Well compressed, a part of the stream is more than a frame holds.</summary>
    [Fact]
    public async Task Append_LargeBacklog_IsCopied()
    {
        const int count = 80;
        await using var log = NewLog();
        await using var node = new CopyingNode("chat", 2, log);
        var big = Payload.FromJson(Encoding.UTF8.GetBytes($"[\"{new string('a', 1_000_000)}\"]"));
        for (var i = 0; i < count; i++)
        {
            await node.Sender.AppendAsync(node.Streams[1], Message($"{i}") with { Arguments = big }, Stop);
        }

        await node.StartAsync();
        await node.UntilAsync(count);
        Assert.Equal(Enumerable.Range(0, count).Select(i => $"{i}"), await node.TargetsAsync(node.Streams[1]));
    }

    [Fact]
    public async Task UserLeavesAll_ThenItsConnectionJoins_StaysInTheGroup()
    {
        await using var log = NewLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.StartAsync();
        await node.Pipeline.AppendAsync(node.Streams[3], ConnectionOpened.For(InStream3, "ada"), Stop);
        await node.Sender.PublishAsync(node.Streams[0], [new GroupsLeft { Member = GroupMember.User("ada") }], Stop);
        await node.Sender.AppendAsync(node.Streams[3], new GroupJoined { Group = "g", Member = GroupMember.Connection(InStream3) }, Stop);
        await node.Sender.AppendAsync(node.Streams[3], Message("end"), Stop);
        await node.UntilAsync(1, "end");
        Assert.Equal([typeof(ConnectionOpened), typeof(GroupsLeft), typeof(GroupJoined), typeof(MessageSent)], (await node.EventsAsync(node.Streams[3])).Select(each => each.GetType()));
    }

    [Fact]
    public async Task Publish_CloseOfConnection_FollowsWhatWasSentBefore()
    {
        await using var log = NewLog();
        await using var node = new CopyingNode("chat", Streams, log);
        await node.Sender.PublishAsync(node.Streams[0], [Message("bye", Audience.User("ada"))], Stop);
        var closing = node.Sender.PublishAsync(node.Streams[0], [new CloseRequested { Audience = Audience.Connection(InStream3) }], Stop).AsTask();
        await node.StartAsync();
        await closing;
        Assert.Equal([typeof(MessageSent), typeof(CloseRequested)], (await node.EventsAsync(node.Streams[3])).Select(each => each.GetType()));
    }

    private async Task<RedisEventLog> OpenAsync()
    {
        var log = new RedisEventLog(Options.Create(new LogOptions { Kind = LogKind.Redis, Redis = redis.EndPoint }), TimeProvider.System, NullLogger<RedisEventLog>.Instance);
        await log.OpenAsync(Stop);
        return log;
    }

    /// <summary>What a process has for it.</summary>
    private sealed class CopyingNode : IAsyncDisposable
    {
        private readonly IEventLog _log;
        private readonly StreamCopier _copier;

        public CopyingNode(string hub, int streams, IEventLog log, bool localGroups = false)
        {
            _log = log;
            Hub = Senders.Several(hub, streams, localGroups);
            Streams = Hub.Of(new(hub));
            Pipeline = new(log, Frames, Options.Create(new BatchingOptions()), TimeProvider.System);
            Sender = Senders.Over(Pipeline, log, Frames, TimeProvider.System, Hub);
            _copier = new(Hub, Pipeline, log, Frames, Options.Create(new LogOptions()), TimeProvider.System, NullLogger<StreamCopier>.Instance);
        }

        public HubStreams Hub { get; }

        public IReadOnlyList<StreamName> Streams { get; }

        public Pipeline Pipeline { get; }

        public HubSender Sender { get; }

        public Task StartAsync() => _copier.StartAsync(Stop);

        public async Task<List<Event>> EventsAsync(StreamName stream)
        {
            var events = new List<Event>();
            for (var from = ReadFrom.Start; ;)
            {
                var page = Assert.IsType<ReadResult.Page>(await _log.ReadAsync(stream, from, int.MaxValue, Stop));
                if (page.Entries.Count == 0)
                {
                    return events;
                }

                events.AddRange(page.Entries.SelectMany(entry => Frames.Decode(stream, entry.Last.Offset, entry.Frame)));
                from = page.End;
            }
        }

        public async Task<List<string>> TargetsAsync(StreamName stream) => [.. (await EventsAsync(stream)).OfType<MessageSent>().Select(message => message.Target)];

        /// <summary>Waits until each stream has so many messages, or so many with a target.</summary>
        public async Task UntilAsync(int count, string? target = null)
        {
            foreach (var stream in Streams)
            {
                await Wait.UntilAsync(
                    async () => (await TargetsAsync(stream)).Count(each => target is null || each == target) >= count, $"{stream} doesn't get its copies.");
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _copier.StopAsync(CancellationToken.None);
            _copier.Dispose();
            await Pipeline.DisposeAsync();
        }
    }
}
