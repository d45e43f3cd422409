using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Sends to a hub, a group, a user, a connection. Contract, section 3.4.</summary>
internal static class Messages
{
    /// <summary>More would make an event too large.</summary>
    private const int MaxExcluded = 1000;

    public static void Map(RestRoutes routes)
    {
        routes.Map("POST", call => SendAsync(call, Audience.Hub), "");
        routes.Map("POST", call => SendAsync(call, Audience.Group(call.Group)), "groups/{group}");
        routes.Map("POST", call => SendAsync(call, Audience.User(call.User)), "users/{user}");
        routes.Map("POST", call => SendAsync(call, Audience.Connection(call.Connection)), "connections/{connection}");
    }

    private static async Task<IResult> SendAsync(RestCall call, Audience audience)
    {
        var excluded = call.Context.Request.Query["excluded"].OfType<string>().Where(id => id.Length > 0).Select(id => new ConnectionId(id)).ToArray();
        if (excluded.Length > MaxExcluded)
        {
            return ErrorResult.Invalid($"At most {MaxExcluded} connections can be excluded.");
        }

        if (excluded.Select(id => EventRules.CheckConnection(id.Value)).FirstOrDefault(fault => fault is not null) is { } wrong)
        {
            return ErrorResult.Invalid($"excluded: {wrong}");
        }

        switch (await MessageBody.ReadAsync(call.Context.Request))
        {
            case MessageBody.Refused(var answer):
                return answer;
            case MessageBody.Message(var target, var arguments):
                await call.AppendAsync(new MessageSent { Audience = audience, Target = target, Arguments = arguments, Excluded = excluded });
                return Results.StatusCode(StatusCodes.Status202Accepted);
            default:
                throw new InvalidOperationException("A body is a message or refused.");
        }
    }
}
