using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Presence;
using Serverless.Tests.Core.Connections;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Presence;

public sealed class PresenceSweepTests : IAsyncDisposable
{
    private readonly TestNode _node = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Run_StreamHasGrownEnough_KeepsASnapshotThenAndNotAgain()
    {
        var sweep = new PresenceSweep(_node.Log, Frames, Options.Create(new LogOptions()), _node.Time, NullLogger<PresenceSweep>.Instance);
        await AppendAsync(999);
        await sweep.RunAsync(Chat, Stop).In();
        Assert.Null(await _node.Log.ReadSnapshotAsync(Chat, Stop));

        await AppendAsync(1);
        await sweep.RunAsync(Chat, Stop).In();
        Assert.Equal(1000, (await _node.Log.ReadSnapshotAsync(Chat, Stop))!.At.Offset);
        await AppendAsync(999);
        await sweep.RunAsync(Chat, Stop).In();
        Assert.Equal(1000, (await _node.Log.ReadSnapshotAsync(Chat, Stop))!.At.Offset);
    }

    private async Task AppendAsync(int count) =>
        await _node.Pipeline.AppendAsync(Chat, [.. Enumerable.Range(0, count).Select(_ => Message("a"))], Stop);
}
