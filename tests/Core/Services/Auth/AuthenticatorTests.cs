using Serverless.Services.Auth;
using Xunit;
using static Serverless.Tests.Core.Services.Auth.AuthHost;

namespace Serverless.Tests.Core.Services.Auth;

public sealed class AuthenticatorTests : IDisposable
{
    private static readonly SigningKey Key = SigningKey.Rsa();
    private static readonly SigningKey Curve = SigningKey.Ec();
    private static readonly SigningKey Stranger = SigningKey.Rsa();

    /// <summary>Token, and what the log says of it.</summary>
    private static readonly Dictionary<string, (Func<string?> Token, string Reason)> Bad = new()
    {
        ["none at all"] = (() => null, "There is no token"),
        ["empty"] = (() => "", "There is no token"),
        ["no token"] = (() => "abc", "three parts"),
        ["four parts"] = (() => $"{Key.Sign(Claims())}.x", "three parts"),
        ["no base64url"] = (() => "%.%.%", "base64url"),
        ["claims twice"] = (() => Key.Sign(Claims("\"sub\":\"bob\"")), "twice"),
        ["half a surrogate pair"] = (() => Key.Sign(Claims(sub: "\"\\ud800\"")), "isn't valid"),
        ["half a surrogate pair as issuer"] = (() => Key.Sign(Claims(issuer: "\\ud800")), "Unicode"),
        ["expired"] = (() => Key.Sign(Claims(exp: $"{Now - 60}")), "expired at 2025-12-31 23:59:00Z"),
        ["no expiry"] = (() => Key.Sign(Claims(exp: null)), "no expiry"),
        ["an expiry that is text"] = (() => Key.Sign(Claims(exp: "\"1767229200\"")), "no expiry"),
        ["not yet valid"] = (() => Key.Sign(Claims($"\"nbf\":{Now + 61}")), "valid from 2026-01-01 00:01:01Z"),
        ["a beginning that is text"] = (() => Key.Sign(Claims("\"nbf\":\"x\"")), "nbf"),
        ["no issuer"] = (() => Key.Sign(Claims(issuer: null)), "names no issuer"),
        ["another issuer"] = (() => Key.Sign(Claims(issuer: "https://other.example/")), "isn't configured"),
        ["an issuer in another case"] = (() => Key.Sign(Claims(issuer: "https://Issuer.example/")), "isn't configured"),
        ["no audience"] = (() => Key.Sign(Claims(audience: null)), "aud"),
        ["another audience"] = (() => Key.Sign(Claims(audience: "\"realtime2\"")), "aud"),
        ["other audiences"] = (() => Key.Sign(Claims(audience: "[\"a\",\"b\"]")), "aud"),
        ["alg none"] = (() => Key.Sign(Claims(), "none"), "'none' isn't one of the issuer's"),
        ["alg None"] = (() => Key.Sign(Claims(), "None"), "'None' isn't one of the issuer's"),
        ["no alg"] = (() => $"{Encode("{}")}.{Encode(Claims())}.x", "no algorithm"),
        ["HS256 with the public key"] = (() => SigningKey.Sign(Key.PublicPem, "k1", Claims()), "'HS256' isn't one of the issuer's"),
        ["HS256 with the modulus"] = (() => SigningKey.Sign(Key.PublicModulus, "k1", Claims()), "'HS256' isn't one of the issuer's"),
        ["an algorithm that isn't listed"] = (() => Key.Sign(Claims(), "PS512"), "'PS512' isn't one of the issuer's"),
        ["crit"] = (() => Key.Sign(Claims(), header: ",\"crit\":[\"exp\"]"), "crit"),
        ["an unknown key"] = (() => SignedBy("k2"), "kid"),
        ["another's key of that name"] = (() => Stranger.Sign(Claims()), "fits no key"),
        ["the algorithm of another kind of key"] = (() => Curve.Sign(Claims()).Replace(Encode("""{"alg":"ES256","kid":"e1"}"""), Encode("""{"alg":"RS256","kid":"e1"}"""), StringComparison.Ordinal), "fits no key"),
        ["a signature cut"] = (() => Key.Sign(Claims())[..^20], "fits no key"),
        ["no signature"] = (Unsigned, "fits no key"),
        ["claims changed"] = (() => Key.Sign(Claims()).Split('.') is [var header, _, var signature] ? $"{header}.{Encode(Claims(sub: "\"bob\""))}.{signature}" : "", "fits no key"),
        ["no user"] = (() => Key.Sign(Claims(sub: null)), "no user id ('sub')"),
        ["an empty user"] = (() => Key.Sign(Claims(sub: "\"\"")), "can't be one"),
        ["a user too long"] = (() => Key.Sign(Claims(sub: $"\"{new string('u', 1025)}\"")), "can't be one"),
        ["a user that is no text"] = (() => Key.Sign(Claims(sub: "[\"ada\"]")), "isn't valid"),
        ["too long"] = (() => Key.Sign(Claims($"\"x\":\"{new string('x', 8192)}\"")), "more than 8192"),
    };

    private readonly AuthHost _host = new(("Keys", SigningKey.Set(Key.Jwk, Curve.Jwk)));

    public static TheoryData<string> BadNames => [.. Bad.Keys];

    public void Dispose() => _host.Dispose();

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task Authenticate_BadToken_IsRefusedAndTheReasonLogged(string name)
    {
        var token = Bad[name].Token();

        var refused = Assert.IsType<AuthResult.Refused>(await _host.CheckAsync(token));

        Assert.Contains(Bad[name].Reason, refused.Reason, StringComparison.Ordinal);
        var logged = Assert.Single(_host.Log[1700]);
        Assert.Contains(refused.Reason, logged, StringComparison.Ordinal);
        if (token is { Length: > 20 })
        {
            Assert.DoesNotContain(token.Split('.')[1], logged, StringComparison.Ordinal);
            Assert.DoesNotContain(token.Split('.')[2] is { Length: > 20 } signature ? signature : token, logged, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public async Task Authenticate_GoodToken_IsAllowedWithoutLimits(string algorithm)
    {
        var allowed = Assert.IsType<AuthResult.Allowed>(await _host.CheckAsync((algorithm == "ES256" ? Curve : Key).Sign(Claims(), algorithm), "Chat"));

        Assert.Equal("ada", allowed.User);
        Assert.Equal(Access.Everything, allowed.Access);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(Now + 3600), allowed.Expires);
        Assert.Empty(_host.Log[1700]);
    }

    [Fact]
    public async Task Authenticate_AudienceAmongOthers_IsAllowed() =>
        Assert.IsType<AuthResult.Allowed>(await _host.CheckAsync(Key.Sign(Claims(audience: $"[\"a\",\"{Audience}\"]"))));

    [Fact]
    public async Task Authenticate_UserIsANumber_IsItsText() =>
        Assert.Equal("17", Assert.IsType<AuthResult.Allowed>(await _host.CheckAsync(Key.Sign(Claims(sub: "17")))).User);

    [Fact]
    public async Task Authenticate_KeyOrTokenWithoutId_IsTried()
    {
        using var nameless = SigningKey.Rsa(id: null);
        using var host = new AuthHost(("Keys", SigningKey.Set(Key.Jwk, nameless.Jwk)));

        Assert.IsType<AuthResult.Allowed>(await host.CheckAsync(nameless.Sign(Claims())));
        Assert.IsType<AuthResult.Allowed>(await host.CheckAsync(nameless.Sign(Claims(), header: ",\"kid\":\"any\"")));
    }

    [Fact]
    public async Task Authenticate_WithinTheSkew_IsAllowedAndAtItsEndRefused()
    {
        var old = Key.Sign(Claims(exp: $"{Now - 59}"));

        Assert.IsType<AuthResult.Allowed>(await _host.CheckAsync(old));
        Assert.IsType<AuthResult.Allowed>(await _host.CheckAsync(Key.Sign(Claims($"\"nbf\":{Now + 60}"))));
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<AuthResult.Refused>(await _host.CheckAsync(old));
    }

    [Fact]
    public async Task Authenticate_AnyPartOfTheTokenChanged_IsRefused()
    {
        var token = Key.Sign(Claims());
        for (var i = 0; i < token.Length - 1; i += 3)
        {
            Assert.IsType<AuthResult.Refused>(await _host.CheckAsync(token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..]));
        }
    }

    [Fact]
    public async Task Authenticate_SecretWithHs256_IsAllowedAndAPublicKeysTokenIsNot()
    {
        var secret = "a-secret-of-an-issuer-with-32-bytes-or-more"u8.ToArray();
        using var host = new AuthHost(("Keys", SigningKey.Set(SigningKey.SecretJwk("k1", secret))), ("Algorithms:0", "HS256"));

        Assert.IsType<AuthResult.Allowed>(await host.CheckAsync(SigningKey.Sign(secret, "k1", Claims())));
        Assert.IsType<AuthResult.Refused>(await host.CheckAsync(SigningKey.Sign([.. secret, 1], "k1", Claims())));
        Assert.IsType<AuthResult.Refused>(await host.CheckAsync(Key.Sign(Claims())));
    }

    [Fact]
    public async Task Authenticate_KeyNamesItsAlgorithm_TakesNoOther()
    {
        using var host = new AuthHost(("Keys", SigningKey.Set(Key.Jwk.Replace("\"use\"", "\"alg\":\"PS256\",\"use\"", StringComparison.Ordinal))));

        Assert.IsType<AuthResult.Allowed>(await host.CheckAsync(Key.Sign(Claims(), "PS256")));
        Assert.IsType<AuthResult.Refused>(await host.CheckAsync(Key.Sign(Claims(), "RS256")));
    }

    [Fact]
    public async Task Authenticate_TwoIssuers_EachHasItsOwnKeysAndAudience()
    {
        using var host = new AuthHost(
            ("Keys", SigningKey.Set(Key.Jwk)),
            ("Serverless:Auth:Issuers:1:Issuer", "second"),
            ("Serverless:Auth:Issuers:1:Audience", "other"),
            ("Serverless:Auth:Issuers:1:Keys", SigningKey.Set(Stranger.Jwk)));

        Assert.IsType<AuthResult.Allowed>(await host.CheckAsync(Key.Sign(Claims())));
        Assert.IsType<AuthResult.Allowed>(await host.CheckAsync(Stranger.Sign(Claims(issuer: "second", audience: "\"other\""))));
        Assert.IsType<AuthResult.Refused>(await host.CheckAsync(Key.Sign(Claims(issuer: "second", audience: "\"other\""))));
        Assert.IsType<AuthResult.Refused>(await host.CheckAsync(Stranger.Sign(Claims(issuer: "second"))));
    }

    [Fact]
    public async Task Authenticate_NoIssuers_IsRefused()
    {
        using var host = new AuthHost(("Issuer", null), ("Audience", null));

        Assert.False(host.Authenticator.HasIssuers);
        Assert.Contains("No issuer", Assert.IsType<AuthResult.Refused>(await host.CheckAsync(Key.Sign(Claims()))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authenticate_LineBreaksInNames_DontReachTheLog()
    {
        await _host.CheckAsync(Key.Sign(Claims(issuer: "a\\ninfo: forged")));
        await _host.CheckAsync(Key.Sign(Claims(), "x\\r\\ninfo: forged"));

        Assert.Equal(2, _host.Log[1700].Count);
        Assert.All(_host.Log[1700], line => Assert.DoesNotContain('\n', line));
    }

    private static string SignedBy(string id)
    {
        using var key = SigningKey.Rsa(id);
        return key.Sign(Claims());
    }

    private static string Unsigned() => string.Join('.', [.. Key.Sign(Claims()).Split('.')[..2], ""]);

    private static string Encode(string text) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(text));
}
