using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Feeds and ends the stream of a client that invoked a method as one; the stream's id is the invocation's. Contract, section 3.9.</summary>
internal static class Streams
{
    private const int MaxIdLength = 256;

    public static void Map(RestRoutes routes)
    {
        routes.MapDated("POST", SendAsync, "connections/{connection}/streams/{stream}/:send");
        routes.MapDated("POST", CompleteAsync, "connections/{connection}/streams/{stream}/:complete");
    }

    private static async Task<IResult> SendAsync(RestCall call)
    {
        var id = call.Names["stream"];
        var completed = call.Query("completed") ?? "false";
        if (CheckId(id) is { } fault)
        {
            return ErrorResult.Invalid(fault);
        }

        if (!bool.TryParse(completed, out var isLast))
        {
            return ErrorResult.Invalid("'completed' is true or false.");
        }

        var (item, refused) = await StreamItemBody.ReadAsync(call.Context.Request, id);
        if (refused is not null)
        {
            return refused;
        }

        var sent = new StreamItemSent { Connection = call.Connection, StreamId = id, Item = item };
        await call.AppendAsync(isLast ? [sent, new StreamCompleted { Connection = call.Connection, StreamId = id }] : [sent]);
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> CompleteAsync(RestCall call)
    {
        var id = call.Names["stream"];
        if (CheckId(id) is { } fault)
        {
            return ErrorResult.Invalid(fault);
        }

        await call.AppendAsync(new StreamCompleted { Connection = call.Connection, StreamId = id, Error = call.Query("reason") });
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private static string? CheckId(string id) => id.Length is 0 or > MaxIdLength ? $"A stream's id has 1 to {MaxIdLength} characters." : null;
}
