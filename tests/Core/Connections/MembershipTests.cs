using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Membership;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Connections;

/// <summary>Groups of users that outlive their connections.</summary>
public sealed class MembershipTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(10, false)]
    [InlineData(365 * 24 * 3600, true)]
    public async Task End_ThatHasCome_IsAppendedOnce(int seconds, bool isLatest)
    {
        await using var node = new TestNode();
        var connection = await OpenAsync(node, "c1");
        var end = node.Time.GetUtcNow().AddSeconds(seconds);
        var joined = await node.Pipeline.AppendAsync(
            Chat, new GroupJoined { Member = GroupMember.User("ada"), Group = "red", End = isLatest ? MembershipEnd.AtLatest(end) : MembershipEnd.At(end) }, Stop);
        await UntilAsync(node, () => Task.FromResult(((IMember)connection).Groups?.Contains("red") == true));

        node.Connections.Beat(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        Assert.DoesNotContain(await AllAsync(node.Log), value => value is GroupLeft);
        node.Time.Advance(TimeSpan.FromSeconds(seconds));
        await UntilAsync(node, async () => (await AllAsync(node.Log)).OfType<GroupLeft>().Any());
        node.Connections.Beat(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await UntilAsync(node, () => Task.FromResult(((IMember)connection).Groups?.Contains("red") != true));

        Assert.Equal(GroupLeft.Expired("ada", "red", joined.Position.Offset), Assert.Single((await AllAsync(node.Log)).OfType<GroupLeft>()));
    }

    [Fact]
    public async Task Snapshot_IsKeptAsTheStreamGrows_AndNothingIsForgottenByTrimming()
    {
        await using var node = new TestNode(options => options.RetentionEvents = 100);
        await OpenAsync(node, "c1");
        await node.Pipeline.AppendAsync(Chat, new GroupJoined { Member = GroupMember.User("ada"), Group = "red" }, Stop);
        for (var i = 0; i < 500; i++)
        {
            await node.Pipeline.AppendAsync(Chat, Message($"m{i}"), Stop);
            if (i >= 50 && i % 25 == 0)
            {
                await UntilAsync(node, async () => (await node.Log.ReadSnapshotAsync(Chat, Stop))?.At.Offset >= i - 60);
            }
        }

        Assert.InRange((await AllAsync(node.Log)).Count, 90, 210);
        var late = await OpenAsync(node, "c2");
        await UntilAsync(node, () => Task.FromResult(((IMember)late).Groups?.Contains("red") == true));
        await using var other = new NodeConnectionsOver(node);
        var elsewhere = await other.OpenAsync("c3");
        await UntilAsync(node, () => Task.FromResult(((IMember)elsewhere).Groups?.Contains("red") == true));
    }

    private static Task<ClientConnection> OpenAsync(TestNode node, string id) => OpenAsync(node.Connections, id);

    private static async Task<ClientConnection> OpenAsync(NodeConnections connections, string id)
    {
        var connection = new ClientConnection(new(id), "ada", HubProtocolKind.Json, new RecordingIO(), 1 << 20);
        Assert.True(await connections.OpenAsync(Chat, connection, Stop));
        connection.Start("{}"u8.ToArray());
        return connection;
    }

    private static async Task UntilAsync(TestNode node, Func<Task<bool>> condition)
    {
        for (var tries = 0; !await condition(); tries++)
        {
            Assert.True(tries < 5000, $"It didn't become so: snapshot {(await node.Log.ReadSnapshotAsync(Chat, Stop))?.At}, head {(await node.Log.HeadAsync(Chat, Stop)).Head}.");
            await Task.Delay(1, Stop);
            node.Connections.Beat(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        }
    }

    /// <summary>A second node over the same log.</summary>
    private sealed class NodeConnectionsOver(TestNode node) : IAsyncDisposable
    {
        private readonly NodeConnections _connections = new(
            node.Log, Frames, node.Pipeline, node.Lane, Options.Create(new LogOptions()), node.Time,
            NullLogger<NodeConnections>.Instance);

        public Task<ClientConnection> OpenAsync(string id) => MembershipTests.OpenAsync(_connections, id);

        public ValueTask DisposeAsync() => _connections.DisposeAsync();
    }
}
