using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Serverless.Services.Auth;

/// <summary>
/// Checks the tokens of callers: signed by an issuer of <see cref="AuthOptions"/>, for its audience, not expired, and good for the hub. Each refusal is logged with its reason, and
/// nothing of it is for the caller. Thread-safe.
/// </summary>
public sealed partial class Authenticator : IDisposable
{
    private readonly Dictionary<string, TrustedIssuer> _issuers;
    private readonly DiscoveryDocuments _documents = new();
    private readonly List<IDisposable> _owned = [];
    private readonly ILogger _logger;

    /// <summary>Reads the settings; issuers are asked for their keys when the first token comes.</summary>
    /// <exception cref="FormatException">The keys of an issuer can't be read; the validator of the settings tells that with all other faults.</exception>
    public Authenticator(IOptions<AuthOptions> options, TimeProvider time, ILogger<Authenticator> logger)
    {
        _logger = logger;
        _owned.Add(_documents);
        _issuers = options.Value.Issuers.ToDictionary(issuer => issuer.Issuer!, issuer => new TrustedIssuer(issuer, KeysOf(issuer, time), time), StringComparer.Ordinal);
        Anonymous = new(
            options.Value.Issuers.Any(issuer => issuer.GroupsClaim is not null) ? [] : null,
            options.Value.Issuers.Any(issuer => issuer.DocumentsClaim is not null) ? [] : null);
    }

    /// <summary>Whether any issuer is configured.</summary>
    public bool HasIssuers => _issuers.Count > 0;

    /// <summary>What callers without a token may do where they are let in: no groups or documents where an issuer's tokens limit them, or everybody could lay a token aside.</summary>
    public Access Anonymous { get; }

    /// <summary>Checks a token.</summary>
    /// <param name="token">Null when the caller has none.</param>
    /// <param name="hub">The hub that it wants to connect to, in any case: a valid name.</param>
    /// <param name="cancellationToken">Stops the wait for the issuer's keys.</param>
    /// <returns>Refused as well when no issuer is configured, or its keys can't be read now.</returns>
    public async ValueTask<AuthResult> AuthenticateAsync(string? token, string hub, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(token))
        {
            return Refuse(hub, null, "There is no token.");
        }

        if (!HasIssuers)
        {
            return Refuse(hub, null, "No issuer is configured (Serverless:Auth:Issuers).");
        }

        var (read, fault) = CallerToken.Read(token);
        if (read is null)
        {
            return Refuse(hub, null, fault);
        }

        if (!_issuers.TryGetValue(read.Issuer, out var issuer))
        {
            return Refuse(hub, read, "Its issuer ('iss') isn't configured.");
        }

        var result = await issuer.CheckAsync(read, hub, cancellationToken);
        return result is AuthResult.Refused refused ? Refuse(hub, read, refused.Reason) : result;
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private IIssuerKeys KeysOf(IssuerOptions issuer, TimeProvider time)
    {
        if (issuer.Authority is not { } authority)
        {
            return StaticKeys.Parse(issuer.Keys!, issuer.IsSymmetric);
        }

        var keys = new DiscoveredKeys(issuer.Issuer!, authority, _documents, time, _logger);
        _owned.Insert(0, keys);
        return keys;
    }

    private AuthResult.Refused Refuse(string hub, CallerToken? token, string reason)
    {
        Log.Refused(_logger, LogText.Of(hub), reason, token is null ? "unknown" : LogText.Of(token.Issuer), token?.KeyId is { } id ? LogText.Of(id) : "none");
        return new(reason);
    }

    private static partial class Log
    {
        [LoggerMessage(1700, LogLevel.Warning, "A caller who wants to connect to hub {Hub} is refused. Token: {Reason} Issuer: {Issuer}. Key: {Key}.")]
        public static partial void Refused(ILogger logger, string hub, string reason, string issuer, string key);
    }
}
