using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Functions.Hosting;
using Serverless.Services.Auth;

namespace Serverless.Functions.Negotiate;

/// <summary><c>POST /api/negotiate?hub=…&amp;room=…</c>: a client's first call. It sends the client on to the node, or to Azure SignalR, with a token.</summary>
public sealed class NegotiateFunction(Negotiation negotiation, SignalREndpoint endpoint, IOptions<NegotiateOptions> options, IHostEnvironment environment)
{
    /// <summary>200 with <c>url</c> and <c>accessToken</c>; 400 or 503 with what is wrong; 401.</summary>
    [Function("negotiate")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "negotiate")] HttpRequest request, CancellationToken cancellationToken)
    {
        if (endpoint.Clients is not { } clients)
        {
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, $"{FunctionSettings.SignalR} isn't set: the app knows no node to send clients to.");
        }

        var call = new NegotiationCall
        {
            Hub = request.Query["hub"] is [var hub] ? hub : null,
            Token = BearerToken.Of(request),
            Placed = PlacementKey.Of(request.Query[PlacementKey.RoomName], request.Query[PlacementKey.RegionName]),
            Name = request.Query["user"] is [var name] ? name : null,
            Anonymous = options.Value.Anonymous(environment.IsDevelopment()),
            Lifetime = options.Value.TokenLifetime,
        };
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return await negotiation.NegotiateAsync(call, clients, cancellationToken) switch
        {
            NegotiationResult.Allowed allowed => Results.Json(new { url = allowed.Url, accessToken = allowed.AccessToken }),
            NegotiationResult.Unavailable unavailable => Problem.Of(StatusCodes.Status503ServiceUnavailable, unavailable.Fault),
            NegotiationResult.Invalid invalid => Problem.Of(StatusCodes.Status400BadRequest, invalid.Fault),
            _ => Problem.Of(StatusCodes.Status401Unauthorized, NegotiationResult.Refused.Message),
        };
    }
}
