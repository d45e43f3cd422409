using Serverless.Events;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Rest;

/// <summary>Makes access tokens for clients. Contract, section 3.6.</summary>
internal sealed class Tokens(TokenIssuer issuer)
{
    private const int DefaultMinutes = 60;
    private const int MaxMinutes = 365 * 24 * 60;

    public void Map(RestRoutes routes) => routes.MapDated("POST", call => Task.FromResult(Generate(call)), ":generateToken");

    private IResult Generate(RestCall call)
    {
        if (!call.TryReadNumber("minutesToExpire", DefaultMinutes, 1, MaxMinutes, out var minutes))
        {
            return ErrorResult.Invalid($"'minutesToExpire' must be 1 to {MaxMinutes}.");
        }

        var user = call.Query("userId");
        return user is not null && EventRules.CheckUser(user) is { } fault
            ? ErrorResult.Invalid($"userId: {fault}")
            : Results.Json(new GeneratedToken(issuer.IssueClient(call.Stream.Hub, user, TimeSpan.FromMinutes(minutes))), RestJson.Readable.GeneratedToken);
    }
}

/// <summary>The answer.</summary>
/// <param name="Token">For <c>/client/?hub=…</c>.</param>
internal sealed record GeneratedToken(string Token);
