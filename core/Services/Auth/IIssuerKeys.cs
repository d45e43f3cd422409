using Microsoft.IdentityModel.Tokens;

namespace Serverless.Services.Auth;

/// <summary>The keys that verify an issuer's tokens. Thread-safe.</summary>
internal interface IIssuerKeys
{
    /// <param name="id">The one that a token asks for; null for any.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>All keys that are known, whether that one is among them or not; or null and why there are none.</returns>
    ValueTask<(IReadOnlyList<JsonWebKey>? Keys, string Fault)> ReadAsync(string? id, CancellationToken cancellationToken);
}
