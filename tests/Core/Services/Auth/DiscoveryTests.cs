using Serverless.Services.Auth;
using Xunit;

namespace Serverless.Tests.Core.Services.Auth;

/// <summary>Keys that an issuer publishes: read over HTTP from a server on loopback, with a clock that the test moves.</summary>
public sealed class DiscoveryTests : IAsyncLifetime
{
    private static readonly SigningKey First = SigningKey.Rsa("first");
    private static readonly SigningKey Second = SigningKey.Ec("second");
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private readonly IssuerServer _issuer = new() { Keys = SigningKey.Set(First.Jwk) };
    private readonly AuthHost _host;

    public DiscoveryTests() => _host = new(("Issuer", _issuer.Issuer), ("Authority", $"{_issuer.Authority}"));

    public async ValueTask InitializeAsync() => await _issuer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task Authenticate_ManyAtOnce_ReadTheKeysOnce()
    {
        var token = Token(First);

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _host.CheckAsync(token))), result => Assert.IsType<AuthResult.Allowed>(result));

        Assert.Equal(1, _issuer.Asked);
        Assert.Single(_host.Log[1702]);
    }

    [Fact]
    public async Task Authenticate_KeysRotate_TheNewKeyIsFoundAndTheOldOneIsGone()
    {
        await AllowedAsync(First);
        _issuer.Keys = SigningKey.Set(Second.Jwk);
        _host.Time.Advance(Retry);

        await AllowedAsync(Second);

        Assert.Equal(2, _issuer.Asked);
        await RefusedAsync(First, "kid");
    }

    [Fact]
    public async Task Authenticate_UnknownKeys_AskTheIssuerEveryTenSecondsAtMost()
    {
        await AllowedAsync(First);
        for (var i = 0; i < 20; i++)
        {
            await RefusedAsync(Second, "kid");
        }

        Assert.Equal(1, _issuer.Asked);
        _host.Time.Advance(Retry);
        for (var i = 0; i < 20; i++)
        {
            await RefusedAsync(Second, "kid");
        }

        Assert.Equal(2, _issuer.Asked);
        await AllowedAsync(First);
    }

    /// <summary>Who has no key can't make us ask, either.</summary>
    [Fact]
    public async Task Authenticate_WrongAlgorithmOrExpired_AsksNobody()
    {
        await _host.CheckAsync(SigningKey.Sign(First.PublicPem, "first", AuthHost.Claims(issuer: _issuer.Issuer)));
        await _host.CheckAsync(First.Sign(AuthHost.Claims(issuer: _issuer.Issuer, exp: "1")));
        await _host.CheckAsync(First.Sign(AuthHost.Claims(issuer: "https://other.example")));

        Assert.Equal(0, _issuer.Asked);
    }

    [Fact]
    public async Task Authenticate_IssuerIsAway_IsRefusedUntilItIsBack()
    {
        await _issuer.EndAsync();

        await RefusedAsync(First, "can't be read at http://127.0.0.1");
        await RefusedAsync(First, "can't be read");
        var logged = Assert.Single(_host.Log[1701]);
        Assert.Contains(_issuer.Issuer, logged, StringComparison.Ordinal);

        await _issuer.StartAsync();
        await RefusedAsync(First, "can't be read");
        Assert.Equal(0, _issuer.Asked);
        _host.Time.Advance(Retry);
        await AllowedAsync(First);
    }

    [Fact]
    public async Task Authenticate_IssuerGoesAwayLater_ItsKeysCountOnForADay()
    {
        await AllowedAsync(First);
        await _issuer.EndAsync();
        _host.Time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1));

        await AllowedAsync(First);

        _host.Time.Advance(TimeSpan.FromSeconds(1) + Retry);
        await RefusedAsync(First, "can't be read");
        await _issuer.StartAsync();
        _host.Time.Advance(Retry);
        await AllowedAsync(First);
    }

    /// <summary>A key that was taken back counts no longer than an hour, and a moment: the token that makes us ask doesn't wait.</summary>
    [Fact]
    public async Task Authenticate_AnHourLater_ReadsTheKeysAgain()
    {
        await AllowedAsync(First);
        await _issuer.Arrived.WaitAsync(Guard.Time);
        _issuer.Keys = SigningKey.Set(Second.Jwk);
        var gate = new TaskCompletionSource();
        _issuer.Gate = gate.Task;
        _host.Time.Advance(TimeSpan.FromHours(1));

        await AllowedAsync(First);
        Assert.True(await _issuer.Arrived.WaitAsync(Guard.Time));
        await AllowedAsync(First);

        gate.SetResult();
        await AllowedAsync(Second);
        await RefusedAsync(First, "kid");
        Assert.Equal(2, _issuer.Asked);
    }

    [Fact]
    public async Task Authenticate_IssuerDoesntAnswer_IsGivenUpAfterTenSeconds()
    {
        var gate = new TaskCompletionSource();
        _issuer.Gate = gate.Task;
        var waiting = _host.CheckAsync(Token(First));
        Assert.True(await _issuer.Arrived.WaitAsync(Guard.Time));

        _host.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Contains("didn't answer within", Assert.IsType<AuthResult.Refused>(await waiting).Reason, StringComparison.Ordinal);
        gate.SetResult();
    }

    [Fact]
    public async Task Authenticate_CallerGoes_EndsItsWaitAndNotTheOthers()
    {
        var gate = new TaskCompletionSource();
        _issuer.Gate = gate.Task;
        using var gone = new CancellationTokenSource();
        var first = _host.Authenticator.AuthenticateAsync(Token(First), "chat", gone.Token).AsTask();
        var second = _host.CheckAsync(Token(First));
        Assert.True(await _issuer.Arrived.WaitAsync(Guard.Time));

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.In());
        gate.SetResult();

        Assert.IsType<AuthResult.Allowed>(await second);
        Assert.Equal(1, _issuer.Asked);
    }

    [Theory]
    [InlineData("status", "answered 503")]
    [InlineData("redirect", "answered 302")]
    [InlineData("name", "another issuer's")]
    [InlineData("no keys", "no key that can verify")]
    [InlineData("secrets", "no key that can verify")]
    [InlineData("small", "no key that can verify")]
    [InlineData("elsewhere", "neither https nor http on loopback")]
    [InlineData("garbage", "can't be read")]
    public async Task Authenticate_BadDiscovery_IsRefusedAndLogged(string fault, string reason)
    {
        using var small = SigningKey.Rsa("first", 1024);
        var secret = new byte[32];
        (_issuer.Status, _issuer.Name, _issuer.KeysAddress, _issuer.Keys) = (
            fault switch { "status" => 503, "redirect" => 302, _ => 200 },
            fault == "name" ? "https://other.example" : null,
            fault == "elsewhere" ? "http://keys.example/keys" : null,
            fault switch
            {
                "no keys" => SigningKey.Set(),
                "secrets" => SigningKey.Set(SigningKey.SecretJwk("first", secret)),
                "small" => SigningKey.Set(small.Jwk),
                "garbage" => "<html>",
                _ => _issuer.Keys,
            });

        await RefusedAsync(fault == "small" ? small : First, reason);

        Assert.Single(_host.Log[1701]);
    }

    /// <summary>A set has keys of all kinds: those that can't verify are passed over.</summary>
    [Fact]
    public async Task Authenticate_OtherKeysInTheSet_DontDisturb()
    {
        _issuer.Keys = SigningKey.Set(
            """{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""",
            """{"kty":"RSA","use":"enc","kid":"e","n":"AQAB","e":"AQAB"}""",
            """{"kty":"EC","crv":"P-256","kid":"off","x":"AAAA","y":"AAAA"}""",
            First.Jwk);

        await AllowedAsync(First);
    }

    private string Token(SigningKey key) => key.Sign(AuthHost.Claims(issuer: _issuer.Issuer, exp: $"{AuthHost.Now + 100_000}"));

    private async Task AllowedAsync(SigningKey key) => Assert.IsType<AuthResult.Allowed>(await _host.CheckAsync(Token(key)));

    private async Task RefusedAsync(SigningKey key, string reason) =>
        Assert.Contains(reason, Assert.IsType<AuthResult.Refused>(await _host.CheckAsync(Token(key))).Reason, StringComparison.Ordinal);
}
