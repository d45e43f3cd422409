using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Events;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core;

public sealed class PipelineTests : IAsyncDisposable
{
    private readonly FaultyLog _log = new(NewLog());
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _gate = new(0);
    private readonly Pipeline _pipeline;

    public PipelineTests() => _pipeline = new(_log, Frames, Options.Create(new BatchingOptions { QueueCapacity = 2 }), new TimerTime());

    public async ValueTask DisposeAsync()
    {
        _gate.Release(100);
        await _pipeline.DisposeAsync();
    }

    [Fact]
    public async Task Append_OneEvent_AnswersWithItsPosition()
    {
        var stored = await _pipeline.AppendAsync(Chat, Message("a"), default).In();

        Assert.Equal(1, stored.Position.Offset);
        Assert.Equal(new((await _log.HeadAsync(Chat, default)).Head, IsDuplicate: false), stored);
        Assert.Equal(["a"], await TargetsAsync(_log));
    }

    [Fact]
    public async Task Append_NoEvents_AppendsNothing()
    {
        Assert.Empty(await _pipeline.AppendAsync(Chat, [], default).In());
        Assert.Empty(_log.Appends);
    }

    [Fact]
    public async Task Append_SeveralEvents_StandInOneEntryInOrder()
    {
        var stored = await _pipeline.AppendAsync(Chat, [Message("a"), Message("b"), Message("c")], default).In();

        Assert.Equal([1, 2, 3], stored.Select(place => place.Position.Offset));
        Assert.Equal(3, Assert.Single(_log.Appends).Count);
    }

    [Fact]
    public async Task Append_WhileAnAppendIsUnderWay_GoesIntoTheNextEntryTogether()
    {
        Block();
        var first = _pipeline.AppendAsync(Chat, Message("a"), default).AsTask();
        await _begun.WaitAsync().In();
        var others = Enumerable.Range(0, 2).Select(_ => _pipeline.AppendAsync(Chat, Message("b", key: "k"), default).AsTask()).ToArray();
        _gate.Release(2);

        Assert.Equal(1, (await first.In()).Position.Offset);
        Assert.Equal([(2, false), (2, true)], (await Task.WhenAll(others).In()).Select(place => ((int)place.Position.Offset, place.IsDuplicate)));
        Assert.Equal(2, _log.Appends.Count);
    }

    [Fact]
    public async Task Append_TwoStreams_DoNotWaitForEachOther()
    {
        Block();
        var first = _pipeline.AppendAsync(Chat, Message("a"), default).AsTask();
        await _begun.WaitAsync().In();
        _log.BeforeAppend = null;

        Assert.Equal(1, (await _pipeline.AppendAsync(new("news"), Message("b"), default).In()).Position.Offset);
        Assert.False(first.IsCompleted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Event.MaxKeyLength + 1)]
    public async Task Append_KeyOutOfRange_IsRefused(int length)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _pipeline.AppendAsync(Chat, [Message("a"), Message("b", key: new('k', length))], default).AsTask());
        Assert.Empty(_log.Appends);
    }

    [Fact]
    public async Task Append_LongestKey_IsStored()
    {
        await _pipeline.AppendAsync(Chat, Message("a", key: new('k', Event.MaxKeyLength)), default).In();

        Assert.True((await _pipeline.AppendAsync(Chat, Message("a", key: new('k', Event.MaxKeyLength)), default).In()).IsDuplicate);
    }

    [Fact]
    public async Task Append_LogFails_AllCallsOfTheBatchFail()
    {
        Block();
        var first = _pipeline.AppendAsync(Chat, Message("a"), default).AsTask();
        await _begun.WaitAsync().In();
        var others = Enumerable.Range(0, 2).Select(_ => _pipeline.AppendAsync(Chat, Message("b"), default).AsTask()).ToArray();
        _log.BeforeAppend = _ => throw new LogUnavailableException(Chat, "down");
        _gate.Release();

        await first.In();
        foreach (var other in others)
        {
            await Assert.ThrowsAsync<LogUnavailableException>(() => other.In());
        }
    }

    [Fact]
    public async Task Append_CancelledWhileStored_StopsTheWaitNotTheAppend()
    {
        Block();
        using var cancel = new CancellationTokenSource();
        var append = _pipeline.AppendAsync(Chat, Message("a"), cancel.Token).AsTask();
        await _begun.WaitAsync().In();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append.In());
        _gate.Release(2);

        Assert.Equal(2, (await _pipeline.AppendAsync(Chat, Message("b"), default).In()).Position.Offset);
        Assert.Equal(["a", "b"], await TargetsAsync(_log));
    }

    [Fact]
    public async Task Append_CancelledBeforeThereIsRoom_IsNotStored()
    {
        Block();
        List<Task> stored = [_pipeline.AppendAsync(Chat, Message("a"), default).AsTask()];
        await _begun.WaitAsync().In();
        stored.Add(_pipeline.AppendAsync(Chat, Message("b"), default).AsTask());
        stored.Add(_pipeline.AppendAsync(Chat, Message("c"), default).AsTask());
        using var cancel = new CancellationTokenSource();
        var append = _pipeline.AppendAsync(Chat, Message("d"), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => append.In());
        _gate.Release(2);
        await Task.WhenAll(stored).In();

        Assert.Equal(["a", "b", "c"], await TargetsAsync(_log));
    }

    [Fact]
    public async Task Dispose_AppendsUnderWay_AreStoredFirst()
    {
        Block();
        var append = _pipeline.AppendAsync(Chat, Message("a"), default).AsTask();
        await _begun.WaitAsync().In();
        var disposing = _pipeline.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        _gate.Release();
        await disposing.In();

        Assert.Equal(1, (await append.In()).Position.Offset);
    }

    [Fact]
    public async Task Append_ToMoreStreamsThanAreHeld_StoresAllInOrder()
    {
        // thrice through 5,000 streams, though 1,000 make the pipeline give up those that nobody uses
        var offsets = new Dictionary<StreamName, List<long>>();
        for (var i = 0; i < 15_000; i++)
        {
            var stream = Chat.Beside($"documents/{i % 5000}");
            var appends = Enumerable.Range(0, 2).Select(_ => _pipeline.AppendAsync(stream, Message("a"), default).AsTask()).ToArray();
            offsets.TryAdd(stream, []);
            offsets[stream].AddRange((await Task.WhenAll(appends).In()).Select(stored => stored.Position.Offset));
        }

        Assert.All(offsets.Values, places => Assert.Equal([1, 2, 3, 4, 5, 6], places));
        Assert.InRange(_pipeline.Streams, 1, 1500);
    }

    [Fact]
    public async Task Append_AfterDispose_IsUnavailable()
    {
        await _pipeline.AppendAsync(Chat, Message("a"), default).In();
        await _pipeline.DisposeAsync();

        await Assert.ThrowsAsync<LogUnavailableException>(() => _pipeline.AppendAsync(Chat, Message("b"), default).In());
        await Assert.ThrowsAsync<LogUnavailableException>(() => _pipeline.AppendAsync(new("news"), Message("b"), default).In());
    }

    /// <summary>Each append begins, then waits for a permit of the gate.</summary>
    private void Block() => _log.BeforeAppend = async _ =>
    {
        _begun.Release();
        await _gate.WaitAsync();
    };
}
