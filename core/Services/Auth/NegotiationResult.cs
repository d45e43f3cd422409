namespace Serverless.Services.Auth;

/// <summary>The outcome of a negotiation: <see cref="Allowed"/>, <see cref="Refused"/>, <see cref="Invalid"/> or <see cref="Unavailable"/>.</summary>
public abstract record NegotiationResult
{
    private NegotiationResult()
    {
    }

    /// <summary>The caller may connect: status 200, <c>{"url":…,"accessToken":…}</c>.</summary>
    /// <param name="Url">Where.</param>
    /// <param name="AccessToken">With which token.</param>
    public sealed record Allowed(string Url, string AccessToken) : NegotiationResult;

    /// <summary>The caller isn't let in: status 401. The reason is in the log; everybody is answered the same.</summary>
    public sealed record Refused : NegotiationResult
    {
        /// <summary>What each of them is told.</summary>
        public const string Message =
            "Negotiating needs a valid token of an issuer that is trusted here ('Authorization: Bearer …'), unless Serverless:Negotiate:AllowAnonymous is true.";

        /// <summary>The only one.</summary>
        public static Refused Instance { get; } = new();
    }

    /// <summary>The caller can't be sent anywhere now: status 503.</summary>
    /// <param name="Fault">For the caller: why.</param>
    public sealed record Unavailable(string Fault) : NegotiationResult;

    /// <summary>The call is malformed: status 400.</summary>
    /// <param name="Fault">For the caller: what is wrong.</param>
    public sealed record Invalid(string Fault) : NegotiationResult;
}
