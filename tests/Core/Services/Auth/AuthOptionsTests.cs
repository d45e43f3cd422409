using Microsoft.Extensions.Options;
using Xunit;

namespace Serverless.Tests.Core.Services.Auth;

/// <summary>What settings a host refuses to start with, and what it says.</summary>
public sealed class AuthOptionsTests : IDisposable
{
    private static readonly SigningKey Key = SigningKey.Rsa();
    private static readonly byte[] Secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly string _folder = Directory.CreateTempSubdirectory("auth-").FullName;

    /// <summary>What is set beside a name and an audience, and what is said.</summary>
    private static readonly Dictionary<string, ((string Setting, string? Value)[] Settings, string Fault)> Bad = new()
    {
        ["no issuer"] = ([("Issuer", null), Good], "Issuers:0:Issuer is not set"),
        ["no audience"] = ([("Audience", null), Good], "Issuers:0:Audience is not set"),
        ["no keys"] = ([], "Authority and Keys are both not set"),
        ["both"] = ([Good, ("Authority", "https://issuer.example")], "Authority and Keys are both set"),
        ["authority by http"] = ([("Authority", "http://issuer.example")], "Issuers:0:Authority must be an https address"),
        ["authority relative"] = ([("Authority", "issuer.example")], "Issuers:0:Authority must be an https address"),
        ["authority with a query"] = ([("Authority", "https://issuer.example/?a=b")], "Issuers:0:Authority must be an https address"),
        ["authority with a user"] = ([("Authority", "https://me@issuer.example")], "Issuers:0:Authority must be an https address"),
        ["authority and HS256"] = ([("Authority", "https://issuer.example"), ("Algorithms:0", "HS256")], "secrets aren't published"),
        ["an unknown algorithm"] = ([Good, ("Algorithms:0", "none")], "Algorithms has 'none'"),
        ["HS512"] = ([Good, ("Algorithms:0", "HS512")], "Algorithms has 'HS512'"),
        ["HS256 beside others"] = ([Keys(SigningKey.SecretJwk("s", Secret)), ("Algorithms:0", "RS256"), ("Algorithms:1", "HS256")], "HS256 beside others"),
        ["a public key with HS256"] = ([Good, ("Algorithms:0", "HS256")], "Issuers:0:Keys keys[0] is of the kind 'RSA'"),
        ["a secret without HS256"] = ([Keys(SigningKey.SecretJwk("s", Secret))], "Issuers:0:Keys keys[0] is a secret"),
        ["a short secret"] = ([Keys(SigningKey.SecretJwk("s", Secret[1..])), ("Algorithms:0", "HS256")], "fewer than 32 bytes"),
        ["a small key"] = ([Keys(Small())], "fewer than 2048 bits"),
        ["a private key"] = ([Keys(Key.Jwk.Replace("\"e\":", "\"d\":\"AQAB\",\"p\":\"AQAB\",\"q\":\"AQAB\",\"dp\":\"AQAB\",\"dq\":\"AQAB\",\"qi\":\"AQAB\",\"e\":", StringComparison.Ordinal))], "keys[0] has private parts"),
        ["a key for encryption"] = ([Keys(Key.Jwk.Replace("\"sig\"", "\"enc\"", StringComparison.Ordinal))], "isn't for signatures"),
        ["an unknown kind"] = ([Keys("""{"kty":"OKP","crv":"Ed25519","x":"AAAA"}""")], "unknown kind ('OKP')"),
        ["a point that isn't on the curve"] = ([Keys("""{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}""")], "isn't a key of the kind 'EC'"),
        ["an unknown curve"] = ([Keys("""{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}""")], "unknown curve"),
        ["two keys with one id"] = ([Keys(Key.Jwk, Key.Jwk)], "two keys with one id"),
        ["a set without keys"] = ([Keys()], "holds no key"),
        ["no set"] = ([("Keys", "{\"keys\":5}")], "is no JWK set"),
        ["broken JSON"] = ([("Keys", "{\"keys\":[")], "is no JWK set"),
        ["a file that isn't there"] = ([("Keys", "/nowhere/keys.json")], "neither JSON nor a file that can be read"),
        ["an empty claim"] = ([Good, ("GroupsClaim", " ")], "GroupsClaim is empty"),
        ["an empty user claim"] = ([Good, ("UserClaim", "")], "UserClaim is empty"),
        ["much skew"] = ([Good, ("ClockSkew", "00:05:01")], "ClockSkew must be between"),
        ["negative skew"] = ([Good, ("ClockSkew", "-00:00:01")], "ClockSkew must be between"),
        ["an issuer twice"] = (
            [Good, ("Serverless:Auth:Issuers:1:Issuer", AuthHost.Issuer), ("Serverless:Auth:Issuers:1:Audience", "a"), ("Serverless:Auth:Issuers:1:Authority", "https://a.example")],
            $"Serverless:Auth:Issuers has the issuer '{AuthHost.Issuer}' twice"),
    };

    public static TheoryData<string> BadNames => [.. Bad.Keys];

    private static (string, string?) Good => Keys(Key.Jwk);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(BadNames))]
    public void Start_BadSettings_SaysWhichAndWhy(string name)
    {
        using var host = new AuthHost(Bad[name].Settings);

        var fault = Assert.Throws<OptionsValidationException>(() => host.Authenticator);
        var said = Assert.Single(fault.Failures);
        Assert.StartsWith("Serverless:Auth:Issuers", said, StringComparison.Ordinal);
        Assert.Contains(Bad[name].Fault, said, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_ManyFaults_AreToldTogether()
    {
        using var host = new AuthHost(("Issuer", null), ("Algorithms:0", "none"), ("ClockSkew", "01:00:00"));

        Assert.Equal(4, Assert.Throws<OptionsValidationException>(() => host.Authenticator).Failures.Count());
    }

    [Fact]
    public async Task Start_KeysInAFile_AreRead()
    {
        var path = Path.Combine(_folder, "keys.json");
        await File.WriteAllTextAsync(path, SigningKey.Set(Key.Jwk));
        using var host = new AuthHost(("Keys", path));

        Assert.IsType<Serverless.Services.Auth.AuthResult.Allowed>(await host.CheckAsync(Key.Sign(AuthHost.Claims())));
    }

    [Theory]
    [InlineData("https://issuer.example/tenant")]
    [InlineData("http://localhost:1")]
    [InlineData("http://127.0.0.1:1/realms/x")]
    public void Start_GoodAuthority_IsTakenUnasked(string authority)
    {
        using var host = new AuthHost(("Authority", authority));

        Assert.True(host.Authenticator.HasIssuers);
    }

    private static (string, string?) Keys(params string[] keys) => ("Keys", SigningKey.Set(keys));

    private static string Small()
    {
        using var key = SigningKey.Rsa(bits: 1024);
        return key.Jwk;
    }
}
