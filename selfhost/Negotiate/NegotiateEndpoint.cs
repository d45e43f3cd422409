using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.SelfHost.Drain;
using Serverless.SelfHost.Hosting;
using Serverless.SelfHost.Rest;
using Serverless.SelfHost.Security;
using Serverless.Services.Auth;

namespace Serverless.SelfHost.Negotiate;

/// <summary>
/// <c>POST /api/negotiate?hub=…&amp;room=…</c>: the first call of a client, which an application server answers otherwise. It sends the client on to <c>/client</c> with a
/// token. Contract, section 2.1.
/// </summary>
internal sealed class NegotiateEndpoint(
    Negotiation negotiation, TokenIssuer issuer, IOptions<NegotiateOptions> options, IOptions<NodeOptions> node, NodeDrain drain, IHostEnvironment environment)
{
    public async Task<IResult> NegotiateAsync(HttpContext context)
    {
        if (drain.Reason is { } reason)
        {
            context.Response.Headers.RetryAfter = NodeDrain.RetryAfter;
            return ErrorResult.Of(StatusCodes.Status503ServiceUnavailable, $"{reason} Negotiate again: another node takes the connection.");
        }

        var hubs = context.Request.Query["hub"];
        if (hubs.Count != 1 || !StreamName.IsHub(hubs[0]))
        {
            return ErrorResult.Invalid($"The query needs one 'hub': {StreamName.HubForm}");
        }

        var call = new NegotiationCall
        {
            Hub = hubs[0],
            Token = BearerToken.FromHeader(context.Request),
            Placed = PlacementKey.Of(context.Request.Query[PlacementKey.RoomName], context.Request.Query[PlacementKey.RegionName]),
            Name = context.Request.Query["user"] is [var named] ? named : null,
            Anonymous = options.Value.Anonymous(environment.IsDevelopment()),
            Lifetime = options.Value.TokenLifetime,
        };
        context.Response.Headers.CacheControl = "no-store";
        return await negotiation.NegotiateAsync(call, issuer.At(Base(context.Request)), context.RequestAborted) switch
        {
            NegotiationResult.Allowed allowed => Results.Json(new NegotiateAnswer(allowed.Url, allowed.AccessToken), NegotiateJson.Default.NegotiateAnswer),
            NegotiationResult.Invalid invalid => ErrorResult.Invalid(invalid.Fault),
            NegotiationResult.Unavailable unavailable => ErrorResult.Of(StatusCodes.Status503ServiceUnavailable, unavailable.Fault),
            _ => new ErrorResult(StatusCodes.Status401Unauthorized, ErrorCode.Unauthorized, NegotiationResult.Refused.Message),
        };
    }

    /// <summary>The address that clients are sent to, without a slash at the end.</summary>
    private string Base(HttpRequest request) =>
        node.Value.PublicEndpoint?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}{request.PathBase}";
}
