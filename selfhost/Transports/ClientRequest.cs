using Serverless.Events;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Transports;

/// <summary>A request to the client endpoint whose hub and caller are known to be good.</summary>
/// <param name="Hub">In lower case.</param>
/// <param name="User">From the token, or null.</param>
internal sealed record ClientRequest(string Hub, string? User)
{
    /// <summary>Checks hub and access token; answers the request itself when they are no good.</summary>
    public static async ValueTask<ClientRequest?> AdmitAsync(HttpContext context, TokenValidator tokens)
    {
        var hubs = context.Request.Query["hub"];
        if (hubs.Count != 1 || !StreamName.IsHub(hubs[0]))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, $"The query needs one 'hub': {StreamName.HubForm}");
            return null;
        }

        var hub = hubs[0]!.ToLowerInvariant();
        if (tokens.ValidateClient(BearerToken.FromHeaderOrQuery(context.Request), hub) is TokenResult.Valid(var claims))
        {
            return new(hub, claims.UserId);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        await RefuseAsync(context, StatusCodes.Status401Unauthorized, "The access token is missing or not valid for this hub.");
        return null;
    }

    /// <summary>Answers with a status and why.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason);
    }
}
