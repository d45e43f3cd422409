using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Services.Auth;

/// <summary>
/// Keys by OpenID Connect discovery. They are read when the first token comes, again every hour, and when a token asks for one that isn't known; but at most every 10 s, by one
/// request for all callers. While the issuer is away, those that were read count on, for a day. IdentityModel's ConfigurationManager has no clock that tests could move, and asks an issuer that is away with each
/// token.
/// </summary>
internal sealed partial class DiscoveredKeys(string issuer, Uri authority, DiscoveryDocuments documents, TimeProvider time, ILogger logger) : IIssuerKeys, IDisposable
{
    /// <summary>After this, keys are read again.</summary>
    public static readonly TimeSpan RefreshAfter = TimeSpan.FromHours(1);

    /// <summary>Within this, they aren't read a second time.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    /// <summary>After this, keys that can't be read again count no more.</summary>
    public static readonly TimeSpan TrustedFor = TimeSpan.FromDays(1);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly string _address = $"{authority.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration";
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private State _state = new([], DateTimeOffset.MinValue, "they were never asked for");
    private DateTimeOffset _triedAt = DateTimeOffset.MinValue;
    private Task? _reading;

    public async ValueTask<(IReadOnlyList<JsonWebKey>? Keys, string Fault)> ReadAsync(string? id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Start(id, now) is { } reading)
        {
            await reading.WaitAsync(cancellationToken);
        }

        var state = Current;
        return state.IsTrusted(time.GetUtcNow()) ? (state.Keys, "") : (null, $"The issuer's keys can't be read at {_address}: {state.Fault}");
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private State Current
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Begins to read keys where that is due.</summary>
    /// <returns>What the caller has to wait for; null when it can go on with what is there.</returns>
    private Task? Start(string? id, DateTimeOffset now)
    {
        lock (_lock)
        {
            var isEnough = _state.IsTrusted(now) && (id is null || _state.Has(id));
            if (_reading is null && now - _triedAt >= RetryAfter && (!isEnough || now - _state.ReadAt >= RefreshAfter))
            {
                _triedAt = now;
                _reading = RefreshAsync();
            }

            return isEnough ? null : _reading;
        }
    }

    /// <summary>Never fails: what goes wrong is kept for those who are refused for it, and logged.</summary>
    private async Task RefreshAsync()
    {
        // the caller holds the lock
        await Task.Yield();
        IReadOnlyList<JsonWebKey> keys = [];
        string? fault;
        try
        {
            (keys, fault) = await FetchAsync();
        }
        catch (Exception thrown)
        {
            // the reader wraps what went wrong
            fault = (thrown.InnerException ?? thrown).Message;
        }

        lock (_lock)
        {
            _state = fault is null ? new(keys, time.GetUtcNow(), "") : _state with { Fault = fault };
            _reading = null;
        }

        if (fault is null)
        {
            Log.Read(logger, keys.Count, issuer);
        }
        else if (!_end.IsCancellationRequested)
        {
            Log.Failed(logger, issuer, _address, fault);
        }
    }

    private async Task<(IReadOnlyList<JsonWebKey> Keys, string? Fault)> FetchAsync()
    {
        using var late = new CancellationTokenSource(Timeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _end.Token);
        try
        {
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(_address, documents, end.Token);
            var keys = KeyRules.Usable(found.JsonWebKeySet?.Keys ?? []);
            return found.Issuer != issuer ? ([], "The document there is another issuer's ('issuer').")
                : keys.Count == 0 ? ([], "It has no key that can verify tokens.")
                : (keys, null);
        }
        catch (Exception) when (late.IsCancellationRequested)
        {
            return ([], $"It didn't answer within {Timeout}.");
        }
    }

    private sealed record State(IReadOnlyList<JsonWebKey> Keys, DateTimeOffset ReadAt, string Fault)
    {
        public bool IsTrusted(DateTimeOffset now) => Keys.Count > 0 && now - ReadAt < TrustedFor;

        public bool Has(string id) => Keys.Any(key => key.Kid is null || key.Kid == id);
    }

    private static partial class Log
    {
        [LoggerMessage(1701, LogLevel.Warning, "The keys of issuer {Issuer} can't be read at {Address}: {Reason} They are asked for again with the next token, 10 s from now at the earliest.")]
        public static partial void Failed(ILogger logger, string issuer, string address, string reason);

        [LoggerMessage(1702, LogLevel.Information, "{Count} keys of issuer {Issuer} were read.")]
        public static partial void Read(ILogger logger, int count, string issuer);
    }
}
