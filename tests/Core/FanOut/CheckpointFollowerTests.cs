using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;
using Serverless.Tests.Core.FanOut.AzureSignalR;
using Serverless.Tests.Fixtures;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.FanOut;

/// <summary>From where a reader goes on when the stream that it reads lost its tail, or another lost what was copied to it.</summary>
public sealed class CheckpointFollowerTests : IAsyncDisposable
{
    private static readonly StreamName Other = new("other");

    private readonly LossyLog _log = new();
    private readonly RecordedMessages _messages = new();
    private readonly List<string> _dealt = [];
    private readonly TimerTime _time = new();
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private bool _copies;

    [Fact]
    public async Task Loss_WhileItReads_GoesOnFromTheNewestThatIsLeft()
    {
        await AppendAsync(1, 8);
        Start();
        await UntilAsync("1,2,3,4,5,6,7,8");
        _log.Lose(Chat, 6);
        await AppendAsync(17, 19);

        await UntilAsync("1,2,3,4,5,6,7,8,17,18,19");
        Assert.Contains("came to offset 8 and can't go on from there: TailLost. It goes on with what the stream holds after offset 6, up to", Assert.Single(_messages[1607]), StringComparison.Ordinal);
        await UntilKeptAsync(9);
    }

    /// <summary>It died after the loss, without learning of it: its last place was kept before.</summary>
    [Theory]
    [InlineData(99)]
    [InlineData(60)]
    [InlineData(0)]
    public async Task Loss_BeforeItBegins_RepeatsLittle(long left)
    {
        await AppendAsync(1, 100);
        Start();
        await UntilKeptAsync(100);
        await StopAsync();
        _log.Lose(Chat, left);
        await AppendAsync(1000, 1000);
        _dealt.Clear();

        Start();
        await Wait.UntilAsync(() => Task.FromResult(Dealt().EndsWith("1000", StringComparison.Ordinal)), "It doesn't go on.");
        // a position is held that is at most twice as far back
        var repeated = Dealt().Split(',').Length - 1;
        Assert.InRange(repeated, 0, Math.Min(left, 100 - left));
        await UntilKeptAsync(left + 1);
        Assert.Single(_messages[1607]);
    }

    [Fact]
    public async Task Loss_OfWhatIsKept_IsNotKeptAgain()
    {
        await AppendAsync(1, 8);
        var lost = (await _log.HeadAsync(Chat, default)).Head;
        _log.Lose(Chat, 5);
        Assert.Equal(SaveResult.OffChain, await _log.SaveCheckpointAsync(Chat, "r", [lost], default));
        Assert.Empty(await _log.ReadCheckpointAsync(Chat, "r", default));
    }

    [Fact]
    public async Task CopiesLost_ElsewhereWhileItIsQuiet_AreMadeAgain()
    {
        _copies = true;
        await AppendAsync(1, 8);
        Start();
        await UntilAsync("1,2,3,4,5,6,7,8");
        _log.Lose(Other, 6);
        await Wait.UntilAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return (await _log.HeadAsync(Other, default)).Head.Offset == 8;
            },
            "The copies aren't made again.");

        Assert.Equal("1,2,3,4,5,6,7,8", string.Join(',', await TargetsAsync(Other)));
        Assert.Contains("stream other/0 lost what was copied to it", Assert.Single(_messages[1612]), StringComparison.Ordinal);
        Assert.Empty(_messages[1607]);
    }

    /// <summary>What is trimmed there was there.</summary>
    [Fact]
    public async Task CopiesTrimmed_Elsewhere_CountAsMade()
    {
        _copies = true;
        await AppendAsync(1, 3);
        Start();
        await UntilAsync("1,2,3");
        for (var i = 0; i < 3; i++)
        {
            await TestEvents.AppendAsync(_log, Other, Message("x"));
        }

        await _log.TrimAsync(Other, 6, default);
        for (var i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await AppendAsync(4, 4);
        await UntilAsync("1,2,3,4");
        Assert.Empty(_messages[1612]);
    }

    /// <summary>The store that is out of reach for a while is the one that comes back without its tail.</summary>
    [Fact]
    public async Task CopiesLost_AfterAFault_AreMadeAgain()
    {
        _copies = true;
        await AppendAsync(1, 4);
        Start();
        await UntilAsync("1,2,3,4");
        await AppendAsync(-1, -1);
        await Wait.UntilAsync(() => Task.FromResult(_messages[1609].Count > 0), "It doesn't fail.");
        _log.Lose(Other, 2);
        await Wait.UntilAsync(
            async () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return (await _log.HeadAsync(Other, default)).Head.Offset == 5;
            },
            "The copies aren't made again.");
        Assert.Equal("1,2,3,4,-1", string.Join(',', await TargetsAsync(Other)));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private void Start()
    {
        _stop = new();
        _running = new CheckpointFollower(Chat, "r", _log, Frames, DealAsync, _time, _messages).RunAsync(_stop.Token);
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.In();
    }

    private async Task<IReadOnlyList<CopyPosition>> DealAsync(IReadOnlyList<DecodedEntry> part, CancellationToken stop)
    {
        var copies = new List<CopyPosition>();
        foreach (var message in part.SelectMany(entry => entry.Events).Cast<MessageSent>())
        {
            bool isFirst;
            lock (_dealt)
            {
                isFirst = !_dealt.Contains(message.Target);
                _dealt.Add(message.Target);
            }

            if (message.Target == "-1" && isFirst)
            {
                throw new LogUnavailableException(Other, "it is away");
            }

            if (_copies && !(await TargetsAsync(Other)).Contains(message.Target))
            {
                copies = [new(Other, await TestEvents.AppendAsync(_log, Other, message))];
            }
        }

        return copies;
    }

    /// <summary>Appends messages, an entry each.</summary>
    private async Task AppendAsync(int first, int last)
    {
        for (var i = first; i <= last; i++)
        {
            await TestEvents.AppendAsync(_log, Chat, Message($"{i}"));
        }
    }

    private async Task<List<string>> TargetsAsync(StreamName stream)
    {
        var page = Assert.IsType<ReadResult.Page>(await _log.ReadAsync(stream, ReadFrom.Start, int.MaxValue, default));
        return [.. page.Entries.SelectMany(entry => Frames.Decode(stream, entry.Last.Offset, entry.Frame)).Cast<MessageSent>().Select(message => message.Target)];
    }

    private string Dealt()
    {
        lock (_dealt)
        {
            return string.Join(',', _dealt);
        }
    }

    private Task UntilAsync(string dealt) => Wait.UntilAsync(() => Task.FromResult(Dealt() == dealt), $"It dealt with {Dealt()}.");

    private Task UntilKeptAsync(long offset) => Wait.UntilAsync(
        async () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            return await _log.ReadCheckpointAsync(Chat, "r", default) is [var at, ..] && at.Offset == offset;
        },
        $"Offset {offset} isn't kept.");
}
