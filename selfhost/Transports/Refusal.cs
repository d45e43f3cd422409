using Serverless.SelfHost.Drain;

namespace Serverless.SelfHost.Transports;

/// <summary>Why a client's request isn't served.</summary>
/// <param name="Status">The answer's status.</param>
/// <param name="Reason">The answer's text.</param>
internal sealed record Refusal(int Status, string Reason)
{
    /// <summary>The connection token isn't one, or is too old.</summary>
    public static Refusal Unknown { get; } = new(StatusCodes.Status404NotFound, "No connection has that id: negotiate, then connect in time.");

    /// <summary>A second request for what only one may use.</summary>
    public static Refusal InUse { get; } = new(StatusCodes.Status409Conflict, "The connection is in use.");

    /// <summary>The node has as many clients as it takes.</summary>
    public static Refusal Full { get; } = new(
        StatusCodes.Status429TooManyRequests, "The node has as many connections as Serverless:Connections:MaxConnections allows.");

    /// <summary>The client belongs on another shard.</summary>
    /// <param name="address">Where it goes on.</param>
    public static Refusal Elsewhere(string address) =>
        new(StatusCodes.Status307TemporaryRedirect, $"The room is on another shard: connect to {address}, or negotiate again.") { Location = address };

    /// <summary>Where the client goes on; null when it doesn't.</summary>
    public string? Location { get; private init; }

    /// <summary>The node takes nobody any more, but another one may.</summary>
    /// <param name="reason">Why.</param>
    public static Refusal Leaving(string reason) => new(StatusCodes.Status503ServiceUnavailable, $"{reason} Negotiate again: another node takes the connection.");

    /// <summary>Answers a request with it.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        if (Status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        }

        if (Location is not null)
        {
            context.Response.Headers.Location = Location;
        }

        if (Status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = NodeDrain.RetryAfter;
        }

        context.Response.StatusCode = Status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(Reason);
    }
}
