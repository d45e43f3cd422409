using Microsoft.Extensions.Logging;
using Serverless.Events;
using Serverless.FanOut.AzureSignalR;
using Serverless.Sharding;

namespace Serverless.Services.Auth;

/// <summary>Tells callers where to connect and gives them the token for it: those with a valid token of their own, and anonymous ones where the host lets them in.
/// In a fleet, on the shard where they belong. Thread-safe.</summary>
public sealed partial class Negotiation(
    Authenticator authenticator, Placement placement, Fleet fleet, TimeProvider time, ILogger<Negotiation> logger)
{
    /// <summary>Answers a caller.</summary>
    /// <param name="call">Who asks for what.</param>
    /// <param name="address">Where clients of this shard connect: <see cref="ServiceConnectionString.Clients"/>, or a node.</param>
    /// <param name="cancellationToken">Stops the wait for an issuer's keys.</param>
    public async ValueTask<NegotiationResult> NegotiateAsync(NegotiationCall call, ClientAddress address, CancellationToken cancellationToken)
    {
        if (!StreamName.IsHub(call.Hub))
        {
            return new NegotiationResult.Invalid($"'hub' is no hub name: {StreamName.HubForm}");
        }

        if (call.Placed.Check() is { } wrong)
        {
            return new NegotiationResult.Invalid(wrong);
        }

        var hub = call.Hub!.ToLowerInvariant();
        var now = time.GetUtcNow();
        if (call.Anonymous != AnonymousCallers.Refused && (string.IsNullOrEmpty(call.Token) || !authenticator.HasIssuers))
        {
            var name = call.Anonymous == AnonymousCallers.Named && !string.IsNullOrEmpty(call.Name) ? call.Name : null;
            return name is not null && EventRules.CheckUser(name) is { } fault
                ? new NegotiationResult.Invalid(fault)
                : Give(call.Anonymous == AnonymousCallers.Named ? Access.Everything : authenticator.Anonymous, name, now + call.Lifetime);
        }

        var result = await authenticator.AuthenticateAsync(call.Token, hub, cancellationToken);
        return result is AuthResult.Allowed caller
            ? Give(caller.Access, caller.User, caller.Expires < now + call.Lifetime ? caller.Expires : now + call.Lifetime)
            : NegotiationResult.Refused.Instance;

        NegotiationResult Give(Access access, string? user, DateTimeOffset expires)
        {
            if (Place(address, call.Placed, user) is not { } place)
            {
                return new NegotiationResult.Unavailable(PlacementResult.Nowhere.Message);
            }

            var token = AccessTokens.ForClient(place, hub, user, now, expires, access.ToClaims());
            if (token.Length <= SignedToken.MaxLength)
            {
                return new NegotiationResult.Allowed(place.UrlOf(hub) + call.Placed.ToQuery(), token);
            }

            Log.TooLong(logger, hub, token.Length, SignedToken.MaxLength);
            return NegotiationResult.Refused.Instance;
        }
    }

    private ClientAddress? Place(ClientAddress here, PlacementKey key, string? user) => placement.Place(key, user) switch
    {
        PlacementResult.At(var shard) => here.At(shard.Endpoint, fleet.KeyOf(shard)),
        PlacementResult.Here => here,
        _ => null,
    };

    private static partial class Log
    {
        [LoggerMessage(1703, LogLevel.Warning, "A caller who wants to connect to hub {Hub} is refused. Its access token would have {Length} characters of at most {Max}: let the issuer list fewer groups and documents, or use '*'.")]
        public static partial void TooLong(ILogger logger, string hub, int length, int max);
    }
}
