using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Sends to a hub, a group, a user, a connection. Contract, sections 3.4 and 3.5.</summary>
internal static class Messages
{
    public static void Map(RestRoutes routes)
    {
        Map(routes, "", _ => Audience.Hub);
        Map(routes, "groups/{group}", call => Audience.Group(call.Group));
        Map(routes, "users/{user}", call => Audience.User(call.User));
        Map(routes, "connections/{connection}", call => Audience.Connection(call.Connection));
    }

    private static void Map(RestRoutes routes, string path, Func<RestCall, Audience> audience)
    {
        routes.MapFirst("POST", call => SendAsync(call, audience(call)), path);
        routes.MapDated("POST", call => SendAsync(call, audience(call)), $"{path}/:send");
    }

    private static async Task<IResult> SendAsync(RestCall call, Audience audience)
    {
        if (!call.TryReadExcluded(out var excluded, out var refused))
        {
            return refused;
        }

        (var message, refused) = await MessageBody.ReadAsync(call.Context.Request);
        if (refused is not null)
        {
            return refused;
        }

        await call.AppendAsync(new MessageSent { Audience = audience, Target = message.Target, Arguments = message.Arguments, Excluded = excluded });
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }
}
