using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Upstream;

/// <summary>Notes what receivers are told of a client's request, while there are receivers.</summary>
internal sealed class ClientOrigins(UpstreamTemplates templates)
{
    /// <param name="request">Opens a connection.</param>
    /// <param name="claims">Of its token.</param>
    /// <returns>Null when nobody is told, and when there is nothing to tell.</returns>
    public ClientOrigin? Of(HttpRequest request, TokenClaims claims)
    {
        if (!templates.AreConfigured)
        {
            return null;
        }

        var origin = new ClientOrigin(ClaimsText.Of(claims.All, claims.Access), QueryText.Of(request.QueryString.Value));
        return origin is (null, null) ? null : origin;
    }
}
