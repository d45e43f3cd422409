using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Serverless.FanOut.AzureSignalR;
using Serverless.Services.Auth;
using Xunit;

namespace Serverless.Tests.Core.Services.Auth;

public sealed class NegotiationTests : IDisposable
{
    private const string AccessKey = "the-access-key-of-a-service-with-32-bytes";

    private static readonly SigningKey Key = SigningKey.Rsa();
    private static readonly ClientAddress Service = ServiceConnectionString.Parse($"Endpoint=http://localhost;Port=8888;AccessKey={AccessKey};Version=1.0;").Clients;

    private readonly AuthHost _host = new(("Keys", SigningKey.Set(Key.Jwk)), ("GroupsClaim", "groups"));

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Negotiate_GoodToken_GivesAddressAndTokenOfTheService()
    {
        var allowed = Assert.IsType<NegotiationResult.Allowed>(await AskAsync(new() { Hub = "Chat", Token = Key.Sign(AuthHost.Claims("\"groups\":\"a b*\"")), Name = "eve" }));

        Assert.Equal("http://localhost:8888/client/?hub=chat", allowed.Url);
        Assert.Equal(
            $$"""{"aud":"http://localhost/client/?hub=chat","iat":{{AuthHost.Now}},"exp":{{AuthHost.Now + 3600}},"asrs.s.uid":"ada","serverless.groups":"a b*"}""",
            Encoding.UTF8.GetString(Base64Url.DecodeFromChars(allowed.AccessToken.Split('.')[1])));
        Assert.NotNull(SignedToken.Open(allowed.AccessToken, [Encoding.UTF8.GetBytes(AccessKey)]).Claims);
        Assert.Null(SignedToken.Open(allowed.AccessToken, [Encoding.UTF8.GetBytes(AccessKey + "x")]).Claims);
    }

    [Theory]
    [InlineData("Endpoint=https://x.service.signalr.net;AccessKey=k;Version=1.0;", "https://x.service.signalr.net/client/?hub=chat", "https://x.service.signalr.net/client/?hub=chat")]
    [InlineData("Endpoint=http://h:7/;AccessKey=k", "http://h:7/client/?hub=chat", "http://h/client/?hub=chat")]
    [InlineData("Endpoint=http://h;Port=9;AccessKey=k;ClientEndpoint=https://front/base/", "https://front/base/client/?hub=chat", "http://h/client/?hub=chat")]
    [InlineData("Endpoint=http://h;AccessKey=k;ServerEndpoint=http://inner", "http://h/client/?hub=chat", "http://h/client/?hub=chat")]
    public async Task Negotiate_ConnectionString_IsWhereClientsGo(string connectionString, string url, string audience)
    {
        var result = await _host.Negotiation.NegotiateAsync(
            new() { Hub = "chat", Token = Key.Sign(AuthHost.Claims()) }, ServiceConnectionString.Parse(connectionString).Clients, CancellationToken.None).In();

        var allowed = Assert.IsType<NegotiationResult.Allowed>(result);
        Assert.Equal(url, allowed.Url);
        Assert.Equal(audience, Claim(allowed, "aud")!.Value.GetString());
    }

    [Theory]
    [InlineData(600, 3600, 600)]
    [InlineData(7200, 3600, 3600)]
    public async Task Negotiate_Lifetime_EndsWithTheCallersTokenAtTheLatest(int callers, int lifetime, int expected)
    {
        var token = Key.Sign(AuthHost.Claims(exp: $"{AuthHost.Now + callers}"));
        var allowed = Assert.IsType<NegotiationResult.Allowed>(await AskAsync(new() { Hub = "chat", Token = token, Lifetime = TimeSpan.FromSeconds(lifetime) }));

        Assert.Equal(AuthHost.Now + expected, Claim(allowed, "exp")!.Value.GetInt64());
    }

    /// <summary>Where a token is there and issuers are configured it is checked, whatever anonymous callers may do.</summary>
    [Theory]
    [InlineData(AnonymousCallers.Refused)]
    [InlineData(AnonymousCallers.Nameless)]
    [InlineData(AnonymousCallers.Named)]
    public async Task Negotiate_BadToken_IsRefusedAlways(AnonymousCallers anonymous)
    {
        Assert.IsType<NegotiationResult.Refused>(await AskAsync(new() { Hub = "chat", Token = Key.Sign(AuthHost.Claims(exp: "1")), Name = "eve", Anonymous = anonymous }));

        Assert.Contains("expired", Assert.Single(_host.Log[1700]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Negotiate_Anonymous_IsAsTheHostSays()
    {
        Assert.IsType<NegotiationResult.Refused>(await AskAsync(new() { Hub = "chat", Name = "eve" }));
        Assert.Contains("There is no token", Assert.Single(_host.Log[1700]), StringComparison.Ordinal);

        var nameless = Assert.IsType<NegotiationResult.Allowed>(await AskAsync(new() { Hub = "chat", Name = "eve", Anonymous = AnonymousCallers.Nameless }));
        Assert.Null(Claim(nameless, "asrs.s.uid"));
        Assert.Equal("!", Claim(nameless, "serverless.groups")!.Value.GetString());
        Assert.Null(Claim(nameless, "serverless.documents"));

        var named = Assert.IsType<NegotiationResult.Allowed>(await AskAsync(new() { Hub = "chat", Name = "eve", Token = "", Anonymous = AnonymousCallers.Named }));
        Assert.Equal("eve", Claim(named, "asrs.s.uid")!.Value.GetString());
        Assert.Null(Claim(named, "serverless.groups"));
    }

    [Fact]
    public async Task Negotiate_TokenButNoIssuers_IsAnAnonymousCaller()
    {
        using var host = new AuthHost(("Issuer", null), ("Audience", null));
        var token = Key.Sign(AuthHost.Claims());

        Assert.IsType<NegotiationResult.Refused>(await host.Negotiation.NegotiateAsync(new() { Hub = "chat", Token = token }, Service, CancellationToken.None).In());
        var allowed = Assert.IsType<NegotiationResult.Allowed>(
            await host.Negotiation.NegotiateAsync(new() { Hub = "chat", Token = token, Anonymous = AnonymousCallers.Nameless }, Service, CancellationToken.None).In());
        Assert.Null(Claim(allowed, "asrs.s.uid"));
        Assert.Null(Claim(allowed, "serverless.groups"));
    }

    /// <summary>No node would take it.</summary>
    [Fact]
    public async Task Negotiate_GroupsThatFitNoAccessToken_IsRefusedAndLogged()
    {
        var groups = string.Join(',', Enumerable.Range(0, 200).Select(i => $"\"é é é {i}\""));

        Assert.IsType<NegotiationResult.Refused>(await AskAsync(new() { Hub = "chat", Token = Key.Sign(AuthHost.Claims($"\"groups\":[{groups}]")) }));

        Assert.Contains("fewer groups", Assert.Single(_host.Log[1703]), StringComparison.Ordinal);
        Assert.Empty(_host.Log[1700]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("a/b")]
    public async Task Negotiate_BadHub_IsInvalid(string? hub) =>
        Assert.Contains("hub", Assert.IsType<NegotiationResult.Invalid>(await AskAsync(new() { Hub = hub, Token = Key.Sign(AuthHost.Claims()) })).Fault, StringComparison.Ordinal);

    [Fact]
    public async Task Negotiate_NameTooLong_IsInvalid() =>
        Assert.Contains(
            "A user id has 1 to 1024",
            Assert.IsType<NegotiationResult.Invalid>(await AskAsync(new() { Hub = "chat", Name = new('u', 1025), Anonymous = AnonymousCallers.Named })).Fault,
            StringComparison.Ordinal);

    private Task<NegotiationResult> AskAsync(NegotiationCall call) => _host.Negotiation.NegotiateAsync(call, Service, CancellationToken.None).In();

    private static JsonElement? Claim(NegotiationResult.Allowed allowed, string name) =>
        SignedToken.ReadPart(allowed.AccessToken.Split('.')[1])!.TryGetValue(name, out var value) ? value : null;
}
