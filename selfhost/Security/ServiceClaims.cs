using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;

namespace Serverless.SelfHost.Security;

/// <summary>
/// What an application asks of the node for one client, by the <c>asrs.s.</c> claims of its token. Contract, section 2.5. A value that is malformed or out of range
/// counts as if the claim weren't there, as claims do that the node doesn't know.
/// </summary>
/// <param name="Transports">Those that the client may use: <c>htt</c>, a sum of 1 WebSockets, 2 server-sent events, 4 long polling; default all.</param>
/// <param name="PollTimeout">How long a poll waits at most: <c>ttl</c>, 1 to 300 s; null: as configured.</param>
/// <param name="HandshakeTimeout">From connecting to the end of the handshake: <c>cht</c>, 1 to 30 s; null: as configured.</param>
/// <param name="ClosesOnExpiry">Whether the connection ends with the authentication: <c>coae</c>.</param>
/// <param name="AuthenticationExpires">When that is: <c>aeo</c>, Unix seconds; null: with the token.</param>
internal sealed record ServiceClaims(
    HttpTransportType Transports, TimeSpan? PollTimeout, TimeSpan? HandshakeTimeout, bool ClosesOnExpiry, DateTimeOffset? AuthenticationExpires)
{
    private const HttpTransportType AllTransports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;

    private static readonly long LastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>Reads them from all claims of a token.</summary>
    /// <exception cref="InvalidOperationException">One isn't Unicode.</exception>
    public static ServiceClaims Read(IReadOnlyDictionary<string, JsonElement> claims) => new(
        AllTransports & (HttpTransportType?)Number(claims, TokenClaimNames.Transports, 0, int.MaxValue) ?? AllTransports,
        Seconds(claims, TokenClaimNames.PollTimeout, 300),
        Seconds(claims, TokenClaimNames.HandshakeTimeout, 30),
        IsTrue(claims, TokenClaimNames.ClosesOnExpiry),
        Number(claims, TokenClaimNames.AuthenticationExpires, 0, LastSecond) is { } expires ? DateTimeOffset.FromUnixTimeSeconds(expires) : null);

    private static TimeSpan? Seconds(IReadOnlyDictionary<string, JsonElement> claims, string name, int max) =>
        Number(claims, name, 1, max) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static long? Number(IReadOnlyDictionary<string, JsonElement> claims, string name, long min, long max) =>
        long.TryParse(ClaimText.Of(claims, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number : null;

    private static bool IsTrue(IReadOnlyDictionary<string, JsonElement> claims, string name) =>
        claims.TryGetValue(name, out var value)
        && (value.ValueKind == JsonValueKind.True || (bool.TryParse(ClaimText.Of(claims, name), out var isTrue) && isTrue));
}
