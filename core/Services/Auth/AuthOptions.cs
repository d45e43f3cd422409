namespace Serverless.Services.Auth;

/// <summary>Whose tokens negotiate takes. Section <c>Serverless:Auth</c>.</summary>
public sealed class AuthOptions
{
    /// <summary>The issuers that are trusted; a caller's token names its own by <c>iss</c>.</summary>
    /// <value>Default: none; then no caller has a token that counts.</value>
    public IList<IssuerOptions> Issuers { get; } = [];
}
