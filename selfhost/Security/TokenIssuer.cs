using Serverless.FanOut.AzureSignalR;

namespace Serverless.SelfHost.Security;

/// <summary>Makes access tokens of clients, signed with the primary key. Thread-safe.</summary>
internal sealed class TokenIssuer(AccessKeys keys, TimeProvider time)
{
    /// <summary>What tokens are made for: nodes compare path and hub only.</summary>
    private const string Audience = "http://localhost";

    /// <summary>The node as clients reach it.</summary>
    /// <param name="address">Scheme, host, port and path before <c>/client</c>.</param>
    public ClientAddress At(string address) => new(address, Audience, keys.Current[0]);

    /// <summary>A token for the client endpoint of a hub.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="userId">Null for an anonymous client.</param>
    /// <param name="lifetime">From now.</param>
    public string IssueClient(string hub, string? userId, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        return AccessTokens.ForClient(At(Audience), hub, userId, now, now + lifetime, []);
    }
}
