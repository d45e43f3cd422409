using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Puts connections and users into groups and takes them out. Contract, section 3.4; each path in both orders.</summary>
internal static class Groups
{
    private static readonly string[] ConnectionPaths = ["groups/{group}/connections/{connection}", "connections/{connection}/groups/{group}"];

    private static readonly string[] UserPaths = ["groups/{group}/users/{user}", "users/{user}/groups/{group}"];

    public static void Map(RestRoutes routes)
    {
        routes.Map("PUT", call => JoinAsync(call, GroupMember.Connection(call.Connection), StatusCodes.Status200OK), ConnectionPaths);
        routes.Map("DELETE", call => LeaveAsync(call, GroupMember.Connection(call.Connection), StatusCodes.Status200OK), ConnectionPaths);
        routes.Map("PUT", call => JoinAsync(call, GroupMember.User(call.User), StatusCodes.Status202Accepted), UserPaths);
        routes.Map("DELETE", call => LeaveAsync(call, GroupMember.User(call.User), StatusCodes.Status202Accepted), UserPaths);
    }

    private static async Task<IResult> JoinAsync(RestCall call, GroupMember member, int status)
    {
        if (call.Context.Request.Query.ContainsKey("ttl"))
        {
            return new ErrorResult(
                StatusCodes.Status501NotImplemented, ErrorCode.NotSupported, "'ttl' isn't supported: a membership lasts until it is ended.");
        }

        await call.AppendAsync(new GroupJoined { Group = call.Group, Member = member });
        return Results.StatusCode(status);
    }

    private static async Task<IResult> LeaveAsync(RestCall call, GroupMember member, int status)
    {
        await call.AppendAsync(new GroupLeft { Group = call.Group, Member = member });
        return Results.StatusCode(status);
    }
}
