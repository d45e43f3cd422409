using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Says whether a connection, a user or a group is there, and closes connections. Contract, sections 3.4 and 3.5.</summary>
internal static class Connections
{
    public static void Map(RestRoutes routes)
    {
        routes.Map(
            "GET HEAD",
            async call => Exists(call, await call.Rosters.ConnectionExistsAsync(call.Stream, call.Connection, call.Aborted), ErrorCode.NoConnection),
            "connections/{connection}");
        routes.Map(
            "GET HEAD", async call => Exists(call, await call.Rosters.UserExistsAsync(call.Stream, call.User, call.Aborted), ErrorCode.NoUser), "users/{user}");
        routes.Map(
            "GET HEAD", async call => Exists(call, await call.Rosters.GroupExistsAsync(call.Stream, call.Group, call.Aborted), ErrorCode.NoGroup), "groups/{group}");
        routes.Map("DELETE", CloseOneAsync, "connections/{connection}");
        routes.MapDated("POST", call => CloseAsync(call, Audience.Hub), ":closeConnections");
        routes.MapDated("POST", call => CloseAsync(call, Audience.Group(call.Group)), "groups/{group}/:closeConnections");
        routes.MapDated("POST", call => CloseAsync(call, Audience.User(call.User)), "users/{user}/:closeConnections");
    }

    private static IResult Exists(RestCall call, bool exists, string code) =>
        exists ? call.Status(200, 200) : new ErrorResult(StatusCodes.Status404NotFound, code, "It isn't there now.");

    private static async Task<IResult> CloseOneAsync(RestCall call)
    {
        if (!await call.Rosters.ConnectionExistsAsync(call.Stream, call.Connection, call.Aborted))
        {
            return ErrorResult.NoConnection(ErrorCode.NoConnection);
        }

        await call.AppendAsync(new CloseRequested { Audience = Audience.Connection(call.Connection), Reason = call.Query("reason") });
        return call.Status(202, 200);
    }

    private static async Task<IResult> CloseAsync(RestCall call, Audience audience)
    {
        if (!call.TryReadExcluded(out var excluded, out var refused))
        {
            return refused;
        }

        await call.AppendAsync(new CloseRequested { Audience = audience, Reason = call.Query("reason"), Excluded = excluded });
        return Results.StatusCode(StatusCodes.Status204NoContent);
    }
}
