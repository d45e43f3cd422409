using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Memory;
using Serverless.SelfHost.Page;
using Xunit;

namespace Serverless.Tests.Page;

public sealed class HistoryReaderTests : IAsyncLifetime
{
    private static readonly StreamName Stream = new("chat");

    private readonly FakeTimeProvider _time = new(new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryEventLog _log = new(Options.Create(new LogOptions()));
    private readonly FrameCodec _codec = new(Options.Create(new CodecOptions()));

    public ValueTask InitializeAsync() => _log.OpenAsync(default);

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public async Task Read_MoreThanLimit_ReturnsNewestOldestFirst()
    {
        await AppendAsync(Message("lobby", 1), Message("lobby", 2), Message("lobby", 3));
        await AppendAsync(Message("lobby", 4));
        var messages = await ReadAsync("lobby", 3);
        Assert.Equal(["2@2", "3@3", "4@4"], messages.Select(message => $"{message.Arguments[0]}@{message.Offset}"));
        Assert.All(messages, message => Assert.Equal(("chat", _time.GetUtcNow()), (message.Target, message.At)));
    }

    [Fact]
    public async Task Read_OtherAudiences_AreLeftOut()
    {
        await AppendAsync(
            Message("garden", 1),
            Message("lobby", 2) with { Audience = Audience.Hub },
            Message("lobby", 3) with { Audience = Audience.User("lobby") },
            new GroupJoined { Group = "lobby", Member = GroupMember.User("ada") },
            Message("lobby", 5));
        Assert.Equal([5L], from message in await ReadAsync("lobby", 10) select message.Offset);
    }

    [Fact]
    public async Task Read_OneTarget_OthersDontTakeItsPlaces()
    {
        await AppendAsync(Message("lobby", 1), Message("lobby", 2) with { Target = "presence-joined" }, Message("lobby", 3) with { Target = "presence-left" });
        Assert.Equal([1L], from message in await ReadAsync("lobby", 2, "chat") select message.Offset);
    }

    [Fact]
    public async Task Read_MessagePackArguments_AreJson()
    {
        var packed = new Payload(PayloadFormat.MessagePack, new byte[] { 0x92, 0xa2, (byte)'h', (byte)'i', 0x07 });
        await AppendAsync(Message("lobby", 1) with { Arguments = packed });
        Assert.Equal("""["hi",7]""", (await ReadAsync("lobby", 10)).Single().Arguments.GetRawText());
    }

    [Fact]
    public async Task Read_EmptyStream_ReturnsNothing() => Assert.Empty(await ReadAsync("lobby", 10));

    [Fact]
    public async Task Read_Trimmed_ReturnsWhatIsHeld()
    {
        await AppendAsync(Message("lobby", 1));
        await AppendAsync(Message("lobby", 2));
        await _log.TrimAsync(Stream, 1, default);
        Assert.Equal([2L], from message in await ReadAsync("lobby", 10) select message.Offset);
    }

    [Fact]
    public async Task Read_LongStream_LooksAtItsNewestEventsOnly()
    {
        await AppendAsync(Message("garden", 1), Message("lobby", 2));
        await AppendAsync([.. Enumerable.Range(3, HistoryReader.MaxEvents - 1).Select(number => Message("lobby", number))]);
        await AppendAsync(Message("garden", HistoryReader.MaxEvents + 2));
        Assert.Empty(from message in await ReadAsync("garden", 10) where message.Offset == 1 select message);
        Assert.Single(await ReadAsync("garden", 10));
        Assert.Equal(HistoryReader.MaxEvents + 1, (await ReadAsync("lobby", 1)).Single().Offset);
    }

    private static MessageSent Message(string group, int number) => new()
    {
        Audience = Audience.Group(group),
        Target = "chat",
        Arguments = new(PayloadFormat.Json, System.Text.Encoding.UTF8.GetBytes($"[{number}]")),
    };

    private async Task AppendAsync(params Event[] events)
    {
        var batch = new EncodedBatch(_codec.Encode(events, _time.GetUtcNow()), events.Length, _time.GetUtcNow(), []);
        Assert.IsType<AppendResult.Appended>(await _log.AppendAsync(Stream, batch, default));
    }

    private Task<IReadOnlyCollection<HistoryMessage>> ReadAsync(string group, int limit, string? target = null) =>
        new HistoryReader(_log, _codec).ReadAsync(Stream, group, target, limit, default);
}
