using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

/// <summary>Streams of topics beside a hub's own.</summary>
public abstract partial class EventLogConformance
{
    [Fact]
    public async Task Topic_BesideAHub_IsAStreamOfItsOwn()
    {
        var (one, other) = (TestEvents.Chat.Beside("documents/one"), TestEvents.Chat.Beside("documents/other/part"));
        await AppendAsync("hub");
        await Log.AppendAsync(one, Batch(Message("a")), Stop);
        await Log.AppendAsync(other, Batch(Message("b"), Message("c")), Stop);
        await ReopenAsync();

        Assert.Equal(["hub"], await AllAsync());
        Assert.Equal(1, (await Log.HeadAsync(one, Stop)).Head.Offset);
        Assert.Equal(2, (await Log.HeadAsync(other, Stop)).Head.Offset);
        Assert.Equal("chat/0/documents/other/part", other.ToString());
    }

    [Fact]
    public async Task Retention_OfATopic_DropsNothingUntilItIsTrimmed()
    {
        await ReopenAsync(options => (options.RetentionEvents, options.RetentionAge) = (3, TimeSpan.FromMinutes(1)));
        var topic = TestEvents.Chat.Beside("documents/one");
        var positions = new List<Position>();
        for (var i = 0; i < 10; i++)
        {
            Now += TimeSpan.FromHours(30);
            positions.Add(Assert.IsType<AppendResult.Appended>(await Log.AppendAsync(topic, Batch(Message($"{i}")), Stop)).Last);
        }

        Assert.Equal(0, (await Log.HeadAsync(topic, Stop)).Trimmed);
        Assert.Equal(SaveResult.Saved, await Log.SaveSnapshotAsync(topic, new(positions[5], new byte[] { 1 }), Stop));
        await Log.TrimAsync(topic, 6, Stop);

        Assert.Equal(new StreamHead(positions[9], 6), await Log.HeadAsync(topic, Stop));
        Assert.Equal(4, Assert.IsType<ReadResult.Page>(await Log.ReadAsync(topic, positions[5], 1 << 20, Stop)).Entries.Count);
    }
}
