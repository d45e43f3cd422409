using System.Diagnostics.CodeAnalysis;
using Serverless.Events;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Transports;

/// <summary>A request to the client endpoint whose hub and caller are known to be good.</summary>
/// <param name="Hub">In lower case.</param>
/// <param name="User">From the token, or null.</param>
/// <param name="Claims">All that the token says.</param>
/// <param name="Placed">What the query says of where it belongs.</param>
internal sealed record ClientRequest(string Hub, string? User, TokenClaims Claims, PlacementKey Placed)
{
    /// <summary>Checks hub and access token, and that what the token says can be stored.</summary>
    public static bool TryRead(
        HttpRequest request,
        bool isWebSocket,
        TokenValidator tokens,
        [NotNullWhen(true)] out ClientRequest? admitted,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        (admitted, refusal) = (null, null);
        if (request.Query["hub"] is not [{ } name] || !StreamName.IsHub(name))
        {
            refusal = new(StatusCodes.Status400BadRequest, $"The query needs one 'hub': {StreamName.HubForm}");
            return false;
        }

        var hub = name.ToLowerInvariant();
        if (tokens.ValidateClient(BearerToken.FromHeaderOrQuery(request, isWebSocket), hub) is not TokenResult.Valid(var claims))
        {
            refusal = new(StatusCodes.Status401Unauthorized, "The access token is missing or not valid for this hub.");
            return false;
        }

        if (claims.UserId is { } user && EventRules.CheckUser(user) is { } fault)
        {
            refusal = new(StatusCodes.Status400BadRequest, $"The access token's user can't be served. {fault}");
            return false;
        }

        var placed = PlacementKey.Of(request.Query[PlacementKey.RoomName], request.Query[PlacementKey.RegionName]);
        placed = request.Query.ContainsKey(PlacementKey.SentOnName) ? placed with { IsSentOn = true } : placed;
        if (placed.Check() is { } wrong)
        {
            refusal = new(StatusCodes.Status400BadRequest, wrong);
            return false;
        }

        admitted = new(hub, claims.UserId, claims, placed);
        return true;
    }
}
