using System.Net;
using Serverless.Events;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

public sealed class GroupsTests(RestNode fixture) : IClassFixture<RestNode>
{
    private Node Node => fixture.Node;

    public static TheoryData<string, string, int, Event> Calls
    {
        get
        {
            var connection = GroupMember.Connection(new("c1"));
            var user = GroupMember.User("ada");
            return new()
            {
                { "PUT", "groups/a%2Fb/connections/c1", 200, new GroupJoined { Group = "a/b", Member = connection } },
                { "PUT", "connections/c1/groups/a%2Fb", 200, new GroupJoined { Group = "a/b", Member = connection } },
                { "DELETE", "groups/red/connections/c1", 200, new GroupLeft { Group = "red", Member = connection } },
                { "DELETE", "connections/c1/groups/red", 200, new GroupLeft { Group = "red", Member = connection } },
                { "PUT", "groups/red/users/ada", 202, new GroupJoined { Group = "red", Member = user } },
                { "PUT", "users/ada/groups/red", 202, new GroupJoined { Group = "red", Member = user } },
                { "DELETE", "groups/red/users/ada", 202, new GroupLeft { Group = "red", Member = user } },
                { "DELETE", "users/ada/groups/red", 202, new GroupLeft { Group = "red", Member = user } },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Membership_EachCall_StoresItsEvent(string verb, string path, int status, Event expected)
    {
        var hub = $"h{Guid.NewGuid():N}";
        using var answer = await Node.CallAsync(verb, $"/api/v1/hubs/{hub}/{path}");

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(expected, Assert.Single(await Node.StoredAsync(hub)));
    }

    [Fact]
    public async Task Join_WithTimeToLive_IsRefusedAndNotForgotten() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("PUT", "/api/v1/hubs/chat/users/ada/groups/red?ttl=60"), HttpStatusCode.NotImplemented, "Error.Request.NotSupported", "ttl");
}
