using System.Net;
using Serverless.Events;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

public sealed class GroupsTests(RestNode fixture) : IClassFixture<RestNode>
{
    private Node Node => fixture.Node;

    public static TheoryData<string, string, int, Event> Calls
    {
        get
        {
            const string version = "?api-version=2024-12-01";
            var connection = GroupMember.Connection(new("c1"));
            var user = GroupMember.User("ada");
            return new()
            {
                { "DELETE", "/api/v1/hubs/{0}/groups/red/connections/c1", 200, new GroupLeft { Group = "red", Member = connection } },
                { "DELETE", "/api/v1/hubs/{0}/connections/c1/groups/red", 200, new GroupLeft { Group = "red", Member = connection } },
                { "PUT", "/api/v1/hubs/{0}/groups/a%2Fb/users/ada", 202, new GroupJoined { Group = "a/b", Member = user } },
                { "PUT", "/api/v1/hubs/{0}/users/ada/groups/a%2Fb", 202, new GroupJoined { Group = "a/b", Member = user } },
                { "DELETE", "/api/v1/hubs/{0}/groups/red/users/ada", 202, new GroupLeft { Group = "red", Member = user } },
                { "DELETE", "/api/v1/hubs/{0}/users/ada/groups/red", 202, new GroupLeft { Group = "red", Member = user } },
                { "DELETE", "/api/v1/hubs/{0}/users/ada/groups", 200, new GroupsLeft { Member = user } },
                { "PUT", "/api/v1/hubs/{0}/groups/red/users/ada?ttl=0", 202, new GroupJoined { Group = "red", Member = user, End = MembershipEnd.OpenConnectionsOnly } },
                { "DELETE", "/api/hubs/{0}/groups/red/connections/c1" + version, 200, new GroupLeft { Group = "red", Member = connection } },
                { "DELETE", "/api/hubs/{0}/connections/c1/groups" + version, 200, new GroupsLeft { Member = connection } },
                { "PUT", "/api/hubs/{0}/users/ada/groups/red" + version, 200, new GroupJoined { Group = "red", Member = user } },
                { "DELETE", "/api/hubs/{0}/users/ada/groups/red" + version, 204, new GroupLeft { Group = "red", Member = user } },
                { "DELETE", "/api/hubs/{0}/users/ada/groups" + version, 204, new GroupsLeft { Member = user } },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Membership_EachCall_StoresItsEvent(string verb, string target, int status, Event expected)
    {
        var hub = $"h{Guid.NewGuid():N}";
        using var answer = await Node.CallAsync(verb, target.Replace("{0}", hub, StringComparison.Ordinal));

        Assert.Equal(status, (int)answer.StatusCode);
        var stored = Assert.Single(await Node.StoredAsync(hub));
        // the moment depends on that of the call: see below
        Assert.Equal(expected, stored is GroupJoined { End.IsLatest: true } joined ? joined with { End = MembershipEnd.Never } : stored);
    }

    [Fact]
    public async Task Join_UserWithoutTimeToLive_EndsInAYear()
    {
        var hub = $"h{Guid.NewGuid():N}";
        var before = MembershipEnd.AtLatest(DateTimeOffset.UtcNow.AddDays(365));
        using var answer = await Node.CallAsync("PUT", $"/api/hubs/{hub}/users/ada/groups/red?api-version=2024-12-01");

        var end = Assert.IsType<GroupJoined>(Assert.Single(await Node.StoredAsync(hub))).End;
        Assert.True(end.GivesWay);
        Assert.InRange(end.UnixMilliseconds!.Value, before.UnixMilliseconds!.Value, DateTimeOffset.UtcNow.AddDays(365).ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task Join_UserWithTimeToLive_EndsThen()
    {
        var hub = $"h{Guid.NewGuid():N}";
        var before = DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds();
        using var answer = await Node.CallAsync("PUT", $"/api/v1/hubs/{hub}/users/ada/groups/red?ttl=60");

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var joined = Assert.IsType<GroupJoined>(Assert.Single(await Node.StoredAsync(hub)));
        Assert.InRange(joined.End.UnixMilliseconds!.Value, before, DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("soon")]
    [InlineData("99999999999")]
    [InlineData("")]
    public async Task Join_TimeToLiveThatIsNone_Is400(string ttl) =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("PUT", $"/api/v1/hubs/chat/users/ada/groups/red?ttl={ttl}"), HttpStatusCode.BadRequest, "Error.Request.Invalid", "ttl");

    [Fact]
    public async Task Join_User_HoldsForConnectionsThatOpenLater_UntilItLeaves()
    {
        var hub = $"h{Guid.NewGuid():N}";
        using var joined = await Node.CallAsync("PUT", $"/api/hubs/{hub}/users/ada/groups/red?api-version=2022-06-01");
        using (var first = await RawWebSocket.OpenAsync(Node.Address, hub: hub, user: "ada"))
        {
            await SendToRedAsync(hub, "one");
            Assert.Contains("one", (await first.FrameAsync()).Text, StringComparison.Ordinal);
        }

        using var second = await RawWebSocket.OpenAsync(Node.Address, hub: hub, user: "ada");
        await SendToRedAsync(hub, "two");
        Assert.Contains("two", (await second.FrameAsync()).Text, StringComparison.Ordinal);
        using var left = await Node.CallAsync("DELETE", $"/api/hubs/{hub}/users/ada/groups?api-version=2022-06-01");
        await SendToRedAsync(hub, "three");
        using var toUser = await Node.CallAsync("POST", $"/api/v1/hubs/{hub}/users/ada", RestNode.Json("""{"target":"four"}"""));
        Assert.Contains("four", (await second.FrameAsync()).Text, StringComparison.Ordinal);
    }

    private async Task SendToRedAsync(string hub, string target)
    {
        using var answer = await Node.CallAsync("POST", $"/api/v1/hubs/{hub}/groups/red", RestNode.Json($$"""{"target":"{{target}}"}"""));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
