namespace Serverless.SelfHost.Security;

/// <summary>The outcome of checking a token: <see cref="Valid"/> or <see cref="Refused"/>.</summary>
internal abstract record TokenResult
{
    private TokenResult()
    {
    }

    /// <summary>Made by somebody who has an access key, for this use, and not expired.</summary>
    /// <param name="Claims">What it says.</param>
    public sealed record Valid(TokenClaims Claims) : TokenResult;

    /// <summary>Not to be trusted.</summary>
    /// <param name="Reason">Why; for the log, not for the caller.</param>
    public sealed record Refused(string Reason) : TokenResult;
}
