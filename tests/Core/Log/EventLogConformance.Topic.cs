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
        for (var i = 0; i < 10; i++)
        {
            Now += TimeSpan.FromHours(30);
            await Log.AppendAsync(topic, Batch(Message($"{i}")), Stop);
        }

        Assert.Equal(0, (await Log.HeadAsync(topic, Stop)).Trimmed);
        await Log.SaveSnapshotAsync(topic, new(new((await Log.HeadAsync(topic, Stop)).Head.Epoch, 6), new byte[] { 1 }), Stop);
        await Log.TrimAsync(topic, 6, Stop);

        var head = await Log.HeadAsync(topic, Stop);
        Assert.Equal((6, 10), (head.Trimmed, head.Head.Offset));
        Assert.Equal(4, Assert.IsType<ReadResult.Page>(await Log.ReadAsync(topic, new(head.Head.Epoch, 6), 1 << 20, Stop)).Entries.Count);
    }
}
