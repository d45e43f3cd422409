using System.ComponentModel.DataAnnotations;

namespace Serverless.Services.Auth;

/// <summary>Negotiate, at a node or in a functions app. Section <c>Serverless:Negotiate</c>.</summary>
public sealed class NegotiateOptions
{
    /// <summary>Lets callers without a token in, without a user id; where issuers are configured a token that is there is checked all the same.</summary>
    /// <value>Default false. In Development they are let in always, and may name themselves by <c>?user=</c>.</value>
    public bool AllowAnonymous { get; set; }

    /// <summary>What happens to callers without a token.</summary>
    /// <param name="isDevelopment">Whether the host runs for one developer.</param>
    public AnonymousCallers Anonymous(bool isDevelopment) =>
        isDevelopment ? AnonymousCallers.Named : AllowAnonymous ? AnonymousCallers.Nameless : AnonymousCallers.Refused;

    /// <summary>How long the access token that it gives is valid.</summary>
    /// <value>1 minute to 24 hours; default 1 hour, as with Azure SignalR. It ends with the caller's own token at the latest.</value>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);
}
