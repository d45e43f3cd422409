using Serverless.Events;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>The traces that broke the rule's first text, by number. The tenth is about replicas; see <c>RedisReplicaTests</c>.</summary>
public abstract partial class ChainConformance
{
    [Fact]
    public async Task Trace1_EverythingTrimmedAndSideEvicted_AppendsAreNotRefusedForEver()
    {
        var first = await AppendAsync("t1");
        await Node.TrimAsync(Chat, first.Offset, Stop);
        if (Store.Evicts)
        {
            await Store.EvictAsync(Chat, Evicted.Side);
        }

        var second = await AppendAsync("t2");
        Assert.Equal(2, second.Offset);
        Assert.Equal(["t1", "t2"], await ReadAsync(ReadFrom.Start));
        Assert.Equal(["t2"], await ReadAsync(first));
    }

    [Fact]
    public async Task Trace2_StartOfAnEmptyStreamThenTrimmed_GapIsNotSilent()
    {
        var at = Assert.IsType<ReadResult.Page>(await Node.ReadAsync(Chat, ReadFrom.Start, 1 << 20, Stop)).End;
        Assert.Equal(Position.Zero, at);
        var first = await AppendAsync("t1");
        await AppendAsync("t2");
        await Node.TrimAsync(Chat, first.Offset, Stop);

        Assert.Equal(ResetReason.Trimmed, await Node.VerifyAsync(Chat, at, Stop));
    }

    [Fact]
    public async Task Trace3_HeadGoesBackToTheNodesOwnPlace_LossIsLearned()
    {
        var empty = await Store.SaveAsync(Chat);
        var first = await AppendAsync("t1", Store.Nodes.Count - 1);
        Assert.Equal(["t1"], await ReadAsync(Position.Zero));
        await using var connection = new Following().Begin(Node, Chat, first);
        await LoseAsync(empty, connection, first);

        Assert.Equal(ResetReason.TailLost, Reason(await connection.NextAsync(QuietAsync)));
    }

    [Fact]
    public async Task Trace4_ReadBehindTheLossBeforeTheNodeMeetsIt_IsNotReset()
    {
        await AppendAsync("t1");
        var saved = await Store.SaveAsync(Chat);
        var second = await AppendAsync("t2");
        await using var old = new Following().Begin(Node, Chat, second);
        await LoseAsync(saved, old, second);
        var third = await AppendAsync("t3", Store.Nodes.Count - 1);
        Assert.Equal(second.Offset, third.Offset);
        await using var connection = new Following().Begin(Node, Chat, third);

        Assert.Equal(ResetReason.TailLost, Reason(await old.NextAsync(QuietAsync)));
        await AppendAsync("t4");
        Assert.Equal(["t4"], Texts(await connection.NextAsync(QuietAsync)));
    }

    [Fact]
    public async Task Trace5_NothingInCommon_WhoSawNothingIsNotReset()
    {
        var empty = await Store.SaveAsync(Chat);
        var first = await AppendAsync("t1");
        await using var old = new Following().Begin(Node, Chat, Position.Zero);
        Assert.Equal(["t1"], Texts(await old.NextAsync(QuietAsync)));
        await LoseAsync(empty, old, first);
        await using var connection = new Following().Begin(Node, Chat, Position.Zero);
        await AppendAsync("t2", Store.Nodes.Count - 1);

        Assert.Equal(["t2"], Texts(await connection.NextAsync(QuietAsync)));
        Assert.Equal(ResetReason.TailLost, Reason(await old.NextAsync(QuietAsync)));
    }

    [Fact]
    public async Task Trace6_EntryIsGoneAndItsKeyWasLeftBehind_MessageIsNotSwallowed()
    {
        var empty = await Store.SaveAsync(Chat);
        await AppendAsync("a", key: "a");
        if (Store.Evicts)
        {
            await Store.EvictAsync(Chat, Evicted.Entries | Evicted.Side);
        }
        else
        {
            await Store.LoseAsync(Chat, empty);
        }

        Assert.Equal(1, (await AppendAsync("a", key: "a")).Offset);
        Assert.Equal(["a"], await ReadAsync(ReadFrom.Start));
    }

    [Fact]
    public async Task Trace7_FoldSavesWhatWasLost_RetentionDropsNothingForIt()
    {
        var first = await AppendAsync("1");
        Assert.Equal(SaveResult.Saved, await Node.SaveSnapshotAsync(Chat, new(first, new byte[] { 1 }), Stop));
        var saved = await Store.SaveAsync(Chat);
        Position lost = default;
        for (var i = 0; i < Retention; i++)
        {
            lost = await AppendAsync($"lost {i}");
        }

        await Store.LoseAsync(Chat, saved);
        for (var i = 0; i < Retention; i++)
        {
            await AppendAsync($"{i}");
        }

        Assert.Equal(SaveResult.OffChain, await Node.SaveSnapshotAsync(Chat, new(lost, new byte[] { 2 }), Stop));
        for (var i = Retention; i < 2 * Retention; i++)
        {
            await AppendAsync($"{i}");
        }

        Assert.Equal(first, (await Node.ReadSnapshotAsync(Chat, Stop))!.At);
        Assert.Equal(Enumerable.Range(0, 2 * (int)Retention).Select(i => $"{i}"), await ReadAsync(first));
    }

    [Fact]
    public async Task Trace8_ResumeWithinAnEntryThatIsLost_IsRefusedByTheEntrysTag()
    {
        var empty = await Store.SaveAsync(Chat);
        var announced = await AppendAsync("t1");
        await Store.LoseAsync(Chat, empty);
        await AppendAsync("t2");

        // what the client has as a whole is still true; what it received of the next entry isn't
        Assert.Null(await Node.VerifyAsync(Chat, Position.Zero, Stop));
        Assert.Equal(ResetReason.TailLost, await Node.VerifyAsync(Chat, announced, Stop));
        Assert.Equal(["t2"], await ReadAsync(Position.Zero));
    }

    [Fact]
    public async Task Trace9_CopierSavesWhatWasLost_SuccessorGoesOnFromTheNewestCommonPosition()
    {
        var positions = new List<Position>();
        for (var i = 1; i <= 5; i++)
        {
            positions.Insert(0, await AppendAsync($"{i}"));
        }

        Assert.Equal(SaveResult.Saved, await Node.SaveCheckpointAsync(Chat, "copier", [positions[1], positions[2], positions[4]], Stop));
        var saved = await Store.SaveAsync(Chat);
        for (var i = 6; i <= 8; i++)
        {
            positions.Insert(0, await AppendAsync($"{i}"));
        }

        await Store.LoseAsync(Chat, saved);
        Assert.Equal(SaveResult.OffChain, await Node.SaveCheckpointAsync(Chat, "copier", [positions[0], positions[1], positions[3], positions[7]], Stop));
        await AppendAsync("6, again");
        var kept = await Node.ReadCheckpointAsync(Chat, "copier", Stop);
        Assert.Equal(["5", "6, again"], await ReadAsync(kept[0]));

        // a locator that outlived the loss, as one that is kept elsewhere
        ResetReason?[] verified = await Task.WhenAll(new[] { positions[0], positions[1], positions[3], positions[7] }.Select(at => Node.VerifyAsync(Chat, at, Stop).AsTask()));
        Assert.Equal([ResetReason.TailLost, ResetReason.TailLost, null, null], verified);
        Assert.Equal(["6, again"], await ReadAsync(positions[3]));
    }

    private IEventLog Node => Store.Nodes[0];

    private async Task<Position> AppendAsync(string text, int node = 0, string? key = null)
    {
        var frame = Frames.Encode([Message(text, key: key)], DateTimeOffset.UnixEpoch);
        var batch = new EncodedBatch(frame, 1, DateTimeOffset.UnixEpoch, key is null ? [] : [new(0, key)]);
        return Assert.IsType<AppendResult.Appended>(await Store.Nodes[node].AppendAsync(Chat, batch, Stop)).Last;
    }

    /// <summary>The store goes back, under a follower or with its node; in which case it begins again behind what it has.</summary>
    private async Task LoseAsync(object? saved, Following follower, Position at)
    {
        if (Store.LosesBesideItsNodes)
        {
            await Store.LoseAsync(Chat, saved);
            return;
        }

        await follower.StopAsync();
        await Store.LoseAsync(Chat, saved);
        follower.Begin(Node, Chat, at);
    }

    private Task QuietAsync() => Store.QuietAsync(Chat);

    private static ResetReason Reason(ReadResult result) => Assert.IsType<ReadResult.Reset>(result).Reason;

    private async Task<IEnumerable<string>> ReadAsync(ReadFrom from) => Texts(await Node.ReadAsync(Chat, from, 1 << 20, Stop));

    private static IEnumerable<string> Texts(ReadResult result) => Assert.IsType<ReadResult.Page>(result).Entries
        .SelectMany(entry => Frames.Decode(Chat, entry.Last.Offset, entry.Frame)).Select(value => ((MessageSent)value).Target);
}
