namespace Serverless.Services.Auth;

/// <summary>The outcome of checking a caller's token: <see cref="Allowed"/> or <see cref="Refused"/>.</summary>
public abstract record AuthResult
{
    private AuthResult()
    {
    }

    /// <summary>Made by a trusted issuer, for this use, and good for the hub.</summary>
    /// <param name="User">The user id.</param>
    /// <param name="Access">What it lets the caller do in the hub.</param>
    /// <param name="Expires">When it ends.</param>
    public sealed record Allowed(string User, Access Access, DateTimeOffset Expires) : AuthResult;

    /// <summary>Not to be trusted, or not for this hub.</summary>
    /// <param name="Reason">Why; for the log, never for the caller.</param>
    public sealed record Refused(string Reason) : AuthResult;
}
