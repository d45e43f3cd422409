using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Events;
using Serverless.FanOut.Folds;
using Serverless.Log;
using Serverless.Log.Memory;
using Xunit;

namespace Serverless.Tests.Core.FanOut;

/// <summary>A fold is whole, also when another process keeps a snapshot and trims while it is read.</summary>
public sealed class FoldReaderTests
{
    private readonly MemoryEventLog _log = TestEvents.NewLog();
    private readonly FaultyLog _read;
    private readonly FoldReader<Counted> _reader;

    public FoldReaderTests()
    {
        _read = new(_log);
        var form = new FoldForm<Counted>("how many", () => new(), (_, snapshot) => new() { Count = BinaryPrimitives.ReadInt32LittleEndian(snapshot.State.Span) });
        _reader = new(_read, TestEvents.Frames, form, NullLogger.Instance);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("snapshot", 0)]
    [InlineData("snapshot", 3)]
    [InlineData("head", 0)]
    [InlineData("head", 3)]
    [InlineData("page", 0)]
    [InlineData("page", 3)]
    public async Task Read_AnotherProcessCompactsMeanwhile_IsWhole(string before, int kept)
    {
        await AppendAsync(10);
        await CompactAsync(kept);
        var times = 0;
        async Task CompactOnceAsync()
        {
            if (++times == 1)
            {
                await AppendAsync(5);
                await CompactAsync(15);
                await AppendAsync(1);
            }
        }

        _ = before switch
        {
            "snapshot" => _read.BeforeSnapshot = CompactOnceAsync,
            "head" => _read.BeforeHead = CompactOnceAsync,
            _ => _read.BeforePage = CompactOnceAsync,
        };

        var (fold, at) = await _reader.ReadAsync(TestEvents.Chat, Stop);
        Assert.Equal((16, 16), (fold.Count, at.Offset));
    }

    /// <summary>What another process trims last is all that there was.</summary>
    [Fact]
    public async Task Read_AllIsTrimmedMeanwhile_IsWhatTheSnapshotHas()
    {
        await AppendAsync(10);
        _read.BeforePage = () => CompactAsync(10);

        var (fold, at) = await _reader.ReadAsync(TestEvents.Chat, Stop);
        Assert.Equal((10, 10), (fold.Count, at.Offset));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Read_RetentionDroppedMore_IsWhatIsHeld(int kept)
    {
        await AppendAsync(10);
        await CompactAsync(kept);
        await _log.TrimAsync(TestEvents.Chat, 6, Stop);
        // retention goes on while it is read
        _read.BeforePage = () => _log.TrimAsync(TestEvents.Chat, 7, Stop).AsTask();

        var (fold, at) = await _reader.ReadAsync(TestEvents.Chat, Stop);
        Assert.Equal((3, 10), (fold.Count, at.Offset));
    }

    [Fact]
    public async Task Read_CompactedAgainAndAgain_EndsWithAFault()
    {
        await AppendAsync(1);
        var count = 1;
        _read.BeforePage = async () =>
        {
            await AppendAsync(2);
            count += 2;
            await CompactAsync(count - 1);
        };

        await Assert.ThrowsAsync<LogUnavailableException>(async () => await _reader.ReadAsync(TestEvents.Chat, Stop).In());
    }

    private async Task AppendAsync(int events)
    {
        for (var i = 0; i < events; i++)
        {
            var frame = TestEvents.Frames.Encode([TestEvents.Message("m")], DateTimeOffset.UnixEpoch);
            await _log.AppendAsync(TestEvents.Chat, new(frame, 1, DateTimeOffset.UnixEpoch, []), Stop);
        }
    }

    /// <summary>Keeps a snapshot of the first events, and trims them.</summary>
    private async Task CompactAsync(int events)
    {
        if (events > 0)
        {
            var state = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(state, events);
            var held = Assert.IsType<ReadResult.Page>(await _log.ReadAsync(TestEvents.Chat, ReadFrom.Event(events), 1, Stop)).Entries[0].Last;
            Assert.Equal(events, held.Offset);
            await _log.SaveSnapshotAsync(TestEvents.Chat, new(held, state), Stop);
            await _log.TrimAsync(TestEvents.Chat, events, Stop);
        }
    }

    /// <summary>How many events there were.</summary>
    private sealed class Counted : IFold
    {
        public int Count { get; set; }

        public void Apply(Event value, long offset) => Count++;
    }
}
