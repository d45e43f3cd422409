using System.Threading.Channels;
using Serverless.Batching;
using Xunit;

namespace Serverless.Tests.Core.Batching;

public sealed class BatcherTests
{
    private readonly TimerTime _time = new();
    private readonly Channel<int[]> _batches = Channel.CreateUnbounded<int[]>();
    private readonly SemaphoreSlim _gate = new(0);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_WhileABatchIsAppended_TheNextTakesAllThatWaits()
    {
        await using var batcher = Create(new());
        await AddAsync(batcher, 1);
        Assert.Equal([1], await BatchAsync());
        await AddAsync(batcher, 2, 3, 4);
        _gate.Release();

        Assert.Equal([2, 3, 4], await BatchAsync());
        _gate.Release();
    }

    [Fact]
    public async Task Add_FromManyCallers_KeepsEachOnesOrder()
    {
        await using var batcher = Create(new() { QueueCapacity = 7 });
        _gate.Release(1000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await AddAsync(batcher, (caller * 1000) + i);
            }
        }))).In();

        var all = new List<int>();
        while (all.Count < 800)
        {
            all.AddRange(await BatchAsync());
        }

        foreach (var caller in all.GroupBy(id => id / 1000))
        {
            Assert.Equal(Enumerable.Range(caller.Key * 1000, 200), caller);
        }
    }

    [Fact]
    public async Task Add_MoreEventsThanTheLimit_AreSplit()
    {
        await using var batcher = Create(new() { MaxEvents = 3 });
        await BlockAsync(batcher);
        await AddAsync(batcher, 2, 3, 4, 5, 6);
        _gate.Release(3);

        Assert.Equal([2, 3, 4], await BatchAsync());
        Assert.Equal([5, 6], await BatchAsync());
    }

    [Fact]
    public async Task Add_MoreBytesThanTheLimit_AreSplit()
    {
        await using var batcher = Create(new() { MaxBytes = 2048 });
        await BlockAsync(batcher);
        foreach (var (id, bytes) in new[] { (2, 1024), (3, 1024), (4, 1), (5, 5000), (6, 1) })
        {
            await batcher.AddAsync(new(id, Bytes: bytes), Stop);
        }

        _gate.Release(5);
        Assert.Equal([2, 3], await BatchAsync());
        Assert.Equal([4], await BatchAsync());
        Assert.Equal([5], await BatchAsync());
        Assert.Equal([6], await BatchAsync());
    }

    [Fact]
    public async Task Linger_FirstItem_WaitsForMore()
    {
        await using var batcher = Create(new() { Linger = TimeSpan.FromMilliseconds(100) });
        _gate.Release(10);
        await AddAsync(batcher, 1);
        await _time.TimerAsync();
        await AddAsync(batcher, 2, 3);
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(_batches.Reader.TryRead(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal([1, 2, 3], await BatchAsync());
    }

    [Fact]
    public async Task Linger_ItemsThatCameDuringTheAppend_WaitForMoreToo()
    {
        await using var batcher = Create(new() { Linger = TimeSpan.FromMilliseconds(100) });
        await AddAsync(batcher, 1);
        await LingerAsync();
        Assert.Equal([1], await BatchAsync());
        await AddAsync(batcher, 2);
        _gate.Release(2);
        await _time.TimerAsync();
        await AddAsync(batcher, 3);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal([2, 3], await BatchAsync());
    }

    [Fact]
    public async Task Linger_WhatDidNotFit_IsNextAtOnce()
    {
        await using var batcher = Create(new() { Linger = TimeSpan.FromMilliseconds(100), MaxEvents = 2 });
        _gate.Release(10);
        await AddAsync(batcher, 1);
        await _time.TimerAsync();
        await AddAsync(batcher, 2, 3, 4, 5);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal([1, 2], await BatchAsync());
        Assert.Equal([3, 4], await BatchAsync());
        Assert.Equal([5], await BatchAsync());
    }

    [Fact]
    public async Task Add_QueueFull_WaitsForRoom()
    {
        await using var batcher = Create(new() { QueueCapacity = 2 });
        await BlockAsync(batcher);
        await AddAsync(batcher, 2, 3);
        var waiting = batcher.AddAsync(new(4), Stop).AsTask();
        Assert.False(waiting.IsCompleted);
        _gate.Release(3);
        await waiting.In();

        Assert.Equal([2, 3, 4], await BatchAsync());
    }

    [Fact]
    public async Task Add_QueueFullAndCancelled_IsNotAppended()
    {
        var batcher = Create(new() { QueueCapacity = 1 });
        await BlockAsync(batcher);
        await AddAsync(batcher, 2);
        using var cancel = new CancellationTokenSource();
        var waiting = batcher.AddAsync(new(3), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _gate.Release(3);
        await batcher.DisposeAsync();

        Assert.Equal([2], await BatchAsync());
        Assert.False(_batches.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Dispose_ItemsWaiting_AppendsThemAndTakesNoMore()
    {
        var batcher = Create(new());
        await BlockAsync(batcher);
        await AddAsync(batcher, 2, 3);
        var disposing = batcher.DisposeAsync().AsTask();
        Assert.False(disposing.IsCompleted);
        _gate.Release(2);
        await disposing.In();

        Assert.Equal([2, 3], await BatchAsync());
        await Assert.ThrowsAsync<ChannelClosedException>(() => AddAsync(batcher, 4));
        await batcher.DisposeAsync();
    }

    [Fact]
    public async Task Dispose_WhileLingering_AppendsAtOnce()
    {
        var batcher = Create(new() { Linger = TimeSpan.FromMilliseconds(100) });
        _gate.Release(10);
        await AddAsync(batcher, 1);
        await _time.TimerAsync();
        await batcher.DisposeAsync().AsTask().In();

        Assert.Equal([1], await BatchAsync());
    }

    private Batcher<Item> Create(BatchingOptions options) => new(options, _time, async batch =>
    {
        Assert.True(_batches.Writer.TryWrite([.. batch.Select(item => item.Id)]));
        await _gate.WaitAsync();
    });

    /// <summary>Begins an append that ends with the gate's next permit.</summary>
    private async Task BlockAsync(Batcher<Item> batcher)
    {
        await AddAsync(batcher, 1);
        Assert.Equal([1], await BatchAsync());
    }

    private async Task LingerAsync()
    {
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromMilliseconds(100));
    }

    private static async Task AddAsync(Batcher<Item> batcher, params int[] ids)
    {
        foreach (var id in ids)
        {
            await batcher.AddAsync(new(id), Stop);
        }
    }

    private async Task<IReadOnlyList<int>> BatchAsync() => await _batches.Reader.ReadAsync(Stop).In();

    private sealed record Item(int Id, int Events = 1, int Bytes = 1) : IBatchItem
    {
        public int EventCount => Events;

        public int ByteCount => Bytes;
    }
}
