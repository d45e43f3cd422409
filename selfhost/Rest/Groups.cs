using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Puts connections and users into groups and takes them out; says whether a user is in one. Contract, sections 3.4 and 3.5; each path in both orders.</summary>
internal sealed class Groups(TimeProvider time)
{
    private static readonly string[] ConnectionPaths = ["groups/{group}/connections/{connection}", "connections/{connection}/groups/{group}"];

    private static readonly string[] UserPaths = ["groups/{group}/users/{user}", "users/{user}/groups/{group}"];

    /// <summary>How long a user's membership lasts for which no end was asked.</summary>
    private static readonly TimeSpan LongestEndless = TimeSpan.FromDays(365);

    public void Map(RestRoutes routes)
    {
        routes.Map("PUT", JoinConnectionAsync, ConnectionPaths);
        routes.Map("DELETE", call => LeaveAsync(call, GroupMember.Connection(call.Connection), call.Status(200, 200)), ConnectionPaths);
        routes.Map("DELETE", call => LeaveAllAsync(call, GroupMember.Connection(call.Connection)), "connections/{connection}/groups");
        routes.Map("PUT", JoinUserAsync, UserPaths);
        routes.Map("DELETE", call => LeaveAsync(call, GroupMember.User(call.User), call.Status(202, 204)), UserPaths);
        routes.Map("DELETE", call => LeaveAllAsync(call, GroupMember.User(call.User)), "users/{user}/groups");
        routes.Map("GET HEAD", HasUserAsync, UserPaths);
    }

    private static async Task<IResult> JoinConnectionAsync(RestCall call)
    {
        if (!await call.Rosters.ConnectionExistsAsync(call.Stream, call.Connection, call.Aborted))
        {
            return ErrorResult.NoConnection(ErrorCode.ConnectionNotExisted);
        }

        await call.AppendAsync(new GroupJoined { Group = call.Group, Member = GroupMember.Connection(call.Connection) });
        return call.Status(200, 200);
    }

    private async Task<IResult> JoinUserAsync(RestCall call)
    {
        if (!TryReadEnd(call, out var end))
        {
            return ErrorResult.Invalid("'ttl' must be a number of seconds: 0 for the connections that are open now, more for a membership that ends then.");
        }

        await call.AppendAsync(new GroupJoined { Group = call.Group, Member = GroupMember.User(call.User), End = end });
        return call.Status(202, 200);
    }

    private bool TryReadEnd(RestCall call, out MembershipEnd end)
    {
        const int absent = -1;
        var isGood = call.TryReadNumber("ttl", absent, 0, int.MaxValue, out var seconds);
        end = seconds switch
        {
            absent => MembershipEnd.AtLatest(time.GetUtcNow() + LongestEndless),
            0 => MembershipEnd.OpenConnectionsOnly,
            _ => MembershipEnd.At(time.GetUtcNow().AddSeconds(seconds)),
        };
        return isGood;
    }

    private static async Task<IResult> LeaveAsync(RestCall call, GroupMember member, IResult done)
    {
        await call.AppendAsync(new GroupLeft { Group = call.Group, Member = member });
        return done;
    }

    private static async Task<IResult> LeaveAllAsync(RestCall call, GroupMember member)
    {
        await call.AppendAsync(new GroupsLeft { Member = member });
        return member.Kind == GroupMemberKind.User ? call.Status(200, 204) : call.Status(200, 200);
    }

    private static async Task<IResult> HasUserAsync(RestCall call) =>
        await call.Rosters.IsUserInGroupAsync(call.Stream, call.User, call.Group, call.Aborted)
            ? call.Status(200, 200)
            : new ErrorResult(StatusCodes.Status404NotFound, ErrorCode.UserNotInGroup, "The user isn't in the group.");
}
