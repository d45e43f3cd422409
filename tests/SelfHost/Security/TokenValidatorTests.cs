using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using Serverless.FanOut.AzureSignalR;
using Serverless.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Security;

public sealed class TokenValidatorTests : IDisposable
{
    private const string Primary = "the-primary-key-that-has-more-than-32-bytes";
    private const string Secondary = "c2Vjb25kYXJ5LWtleS10aGF0LWxvb2tzLWxpa2UtYmFzZTY0LWJ1dC1pcy10ZXh0Lg==";
    private const string Good = """{"aud":"http://localhost/client/?hub=chat","exp":1767228600}""";
    private const string Hs256 = """{"alg":"HS256","typ":"JWT"}""";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(1767225600));
    private readonly KeyRing _ring = new(new() { ["Serverless:Keys:Primary"] = Primary, ["Serverless:Keys:Secondary"] = Secondary });

    private TokenValidator Validator => new(_ring.Keys, _time);

    public void Dispose() => _ring.Dispose();

    public static TheoryData<string> Names => [.. Vectors.Keys];

    public static TheoryData<string> IssuedNames => [.. Issued.Keys];

    private static Dictionary<string, JsonElement> Vectors { get; } = TokenVectors.Read("client-accepted", "client-refused", "api");

    private static Dictionary<string, JsonElement> Issued { get; } = TokenVectors.Read("issued");

    [Theory]
    [MemberData(nameof(Names))]
    public void Validate_Vector_IsAsTheContractSays(string name)
    {
        var vector = Vectors[name];
        var token = vector.GetProperty("token").GetString();

        var result = vector.GetProperty("use").GetString()!.Split(' ') is ["client", var hub]
            ? Validator.ValidateClient(token, hub)
            : Validator.ValidateApi(token, Request(vector.GetProperty("use").GetString()!["api ".Length..]));

        if (vector.TryGetProperty("refused", out var reason))
        {
            Assert.Contains(reason.GetString()!, Assert.IsType<TokenResult.Refused>(result).Reason, StringComparison.Ordinal);
        }
        else
        {
            var valid = result is TokenResult.Valid v ? v : throw new InvalidOperationException($"{result}");
            Assert.Equal(vector.TryGetProperty("user", out var user) ? user.GetString() : null, valid.Claims.UserId);
        }
    }

    /// <summary>The test's own maker of tokens and the node's agree with the one that the vectors come from.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Sign_Vector_IsItsTokenByteForByte(string name)
    {
        var (vector, token) = (Vectors[name], Vectors[name].GetProperty("token").GetString()!);
        var (header, claims, key) = (vector.GetProperty("header").GetRawText(), vector.GetProperty("claims").GetRawText(), vector.GetProperty("key").GetString()!);

        var isUnsigned = token.EndsWith('.');
        Assert.StartsWith(isUnsigned ? token : token[..token.LastIndexOf('.')], Jwt.Sign(header, claims, key), StringComparison.Ordinal);
        if (!isUnsigned)
        {
            Assert.Equal(token, Jwt.Sign(header, claims, key));
        }

        if (header == Hs256)
        {
            Assert.Equal(token, SignedToken.Sign(Encoding.UTF8.GetBytes(claims), Encoding.UTF8.GetBytes(key)));
        }
    }

    [Theory]
    [MemberData(nameof(IssuedNames))]
    public void IssueClient_InputsOfAVector_IsItsTokenByteForByte(string name)
    {
        var vector = Issued[name];
        var token = new TokenIssuer(_ring.Keys, _time).IssueClient(
            vector.GetProperty("hub").GetString()!, vector.GetProperty("user").GetString(), TimeSpan.FromSeconds(vector.GetProperty("seconds").GetInt32()));

        Assert.Equal(vector.GetProperty("token").GetString(), token);
        Assert.Equal(vector.GetProperty("user").GetString(), Assert.IsType<TokenResult.Valid>(Validator.ValidateClient(token, vector.GetProperty("hub").GetString()!)).Claims.UserId);
    }

    /// <summary>Each of these is looked at by anybody who can reach the node: none may end in anything but a refusal.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d")]
    [InlineData("%%%.%%%.%%%")]
    [InlineData("e30.e30.")]
    [InlineData("W10.W10.W10")]
    [InlineData("bnVsbA.bnVsbA.bnVsbA")]
    public void Validate_NoToken_Refuses(string? token) =>
        Assert.IsType<TokenResult.Refused>(Validator.ValidateClient(token, "chat"));

    [Theory]
    [InlineData("""{"alg":"\ud800"}""", Good)]
    [InlineData("""{"\ud800":"HS256"}""", Good)]
    [InlineData("""{"alg":"HS256","alg":"HS256"}""", Good)]
    [InlineData("""{"alg":"HS256"} x""", Good)]
    [InlineData(Hs256, """["aud"]""")]
    [InlineData(Hs256, """{"aud":"\ud800","exp":1767228600}""")]
    [InlineData(Hs256, """{"aud":"http://localhost/client/?hub=chat","exp":1767228600,"exp":1}""")]
    public void Validate_OddJson_Refuses(string header, string claims) =>
        Assert.IsType<TokenResult.Refused>(Validator.ValidateClient(Jwt.Sign(header, claims, Primary), "chat"));

    [Fact]
    public void Validate_AnyCharacterOfTheTokenChanged_Refuses()
    {
        var token = Jwt.Sign(Hs256, Good, Primary);
        for (var i = 0; i < token.Length - 1; i++)
        {
            var changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.IsType<TokenResult.Refused>(Validator.ValidateClient(changed, "chat"));
        }
    }

    [Fact]
    public void Validate_TokenAboveTheLimit_RefusesUnread()
    {
        var token = Jwt.Sign(Hs256, $$"""{"aud":"http://localhost/client/?hub=chat","exp":1767228600,"x":"{{new string('x', 8192)}}"}""", Primary);

        Assert.Contains("8192", Assert.IsType<TokenResult.Refused>(Validator.ValidateClient(token, "chat")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_IssuedHere_IsValidUntilLifetimeAndSkewHavePassed()
    {
        var token = new TokenIssuer(_ring.Keys, _time).IssueClient("chat", "ada", TimeSpan.FromHours(1));

        var valid = Assert.IsType<TokenResult.Valid>(Validator.ValidateClient(token, "Chat"));
        Assert.Equal("ada", valid.Claims.UserId);
        Assert.Equal(_time.GetUtcNow().AddHours(1), valid.Claims.Expires);

        _time.Advance(TimeSpan.FromMinutes(65) - TimeSpan.FromSeconds(1));
        Assert.IsType<TokenResult.Valid>(Validator.ValidateClient(token, "chat"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<TokenResult.Refused>(Validator.ValidateClient(token, "chat"));
    }

    [Fact]
    public void Open_KeyOfOneByte_Works()
    {
        var (claims, _) = SignedToken.Open(Jwt.Sign(Hs256, Good, "k"), ["k"u8.ToArray()]);

        Assert.NotNull(claims);
    }

    private static HttpRequest Request(string target)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        return context.Request;
    }
}
