using Serverless.Services.Auth;
using Xunit;
using static Serverless.Tests.Core.Services.Auth.AuthHost;

namespace Serverless.Tests.Core.Services.Auth;

/// <summary>What an issuer's claims let a caller do.</summary>
public sealed class AccessClaimsTests : IDisposable
{
    private static readonly SigningKey Key = SigningKey.Rsa();

    private readonly AuthHost _host = new(
        ("Keys", SigningKey.Set(Key.Jwk)), ("UserClaim", "https://x/uid"), ("HubsClaim", "hubs"), ("GroupsClaim", "https://x/groups"), ("DocumentsClaim", "docs"));

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("\"Chat\"", "CHAT", true)]
    [InlineData("\"news chat\"", "chat", true)]
    [InlineData("[\"news\",\"chat\"]", "chat", true)]
    [InlineData("\"Ch*\"", "chat", true)]
    [InlineData("\"*\"", "chat", true)]
    [InlineData("\"news\"", "chat", false)]
    [InlineData("\"cha\"", "chat", false)]
    [InlineData("\"\"", "chat", false)]
    [InlineData("[]", "chat", false)]
    [InlineData("[\"\"]", "chat", false)]
    [InlineData("[[\"chat\"]]", "chat", false)]
    [InlineData("{\"chat\":1}", "chat", false)]
    [InlineData("true", "chat", false)]
    [InlineData("null", "chat", false)]
    [InlineData(null, "chat", false)]
    public async Task Authenticate_HubsClaim_OpensThoseHubsOnly(string? hubs, string hub, bool isAllowed)
    {
        var result = await _host.CheckAsync(Key.Sign(Claims($"\"https://x/uid\":\"u\"{(hubs is null ? "" : $",\"hubs\":{hubs}")}")), hub);

        Assert.Equal(isAllowed, result is AuthResult.Allowed);
        Assert.Equal(isAllowed ? 0 : 1, _host.Log[1700].Count(line => line.Contains("isn't for this hub ('hubs')", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Authenticate_GroupsAndDocuments_AreTheAccess()
    {
        var allowed = await AllowedAsync("""
            "https://x/groups":["team a","room-*","50%"],"docs":"plan notes/*"
            """);

        Assert.Equal("u", allowed.User);
        Assert.All(["team a", "room-", "room-7", "50%"], group => Assert.True(Access.Has(allowed.Access.Groups, group), group));
        Assert.All(["team", "a", "room", "Room-7", "50"], group => Assert.False(Access.Has(allowed.Access.Groups, group), group));
        Assert.All(["plan", "notes/1"], document => Assert.True(Access.Has(allowed.Access.Documents, document), document));
        Assert.All(["plan2", "note"], document => Assert.False(Access.Has(allowed.Access.Documents, document), document));
    }

    [Fact]
    public async Task Authenticate_ClaimsMissing_AllowNothing()
    {
        var allowed = await AllowedAsync("\"docs\":7");

        Assert.Empty(allowed.Access.Groups!);
        Assert.Empty(allowed.Access.Documents!);
    }

    [Fact]
    public async Task Authenticate_UserClaimIsAnother_SubDoesntCount() =>
        Assert.Contains("no user id ('https://x/uid')", Assert.IsType<AuthResult.Refused>(await _host.CheckAsync(Key.Sign(Claims("\"hubs\":\"chat\"")))).Reason, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"https://x/uid\":\"\\ud800\",\"hubs\":\"chat\"", "isn't valid")]
    [InlineData("\"https://x/uid\":\"u\",\"hubs\":\"chat\",\"docs\":[\"\\udc00\"]", "Unicode")]
    [InlineData("\"https://x/uid\":[\"u\"],\"hubs\":\"chat\"", "no user id")]
    [InlineData("\"https://x/uid\":{},\"hubs\":\"chat\"", "no user id")]
    public async Task Authenticate_ClaimIsNoText_IsRefused(string claims, string reason) =>
        Assert.Contains(reason, Assert.IsType<AuthResult.Refused>(await _host.CheckAsync(Key.Sign(Claims(claims)))).Reason, StringComparison.Ordinal);

    /// <summary>What goes into the access token comes out of it at the node.</summary>
    [Fact]
    public async Task ToClaims_AsTheNodeReadsThem_AreTheSameAccess()
    {
        var access = (await AllowedAsync("""
            "https://x/groups":["team a","room-*"]
            """)).Access;
        var claims = access.ToClaims().ToDictionary();

        var read = Access.Parse(claims.GetValueOrDefault(Access.GroupsClaim), claims.GetValueOrDefault(Access.DocumentsClaim));
        Assert.Equal(["team%20a", "room-*"], read.Groups);
        Assert.Equal(access.Groups, read.Groups);
        Assert.Empty(read.Documents!);
        Assert.Empty(Access.Everything.ToClaims());
    }

    private async Task<AuthResult.Allowed> AllowedAsync(string claims) =>
        Assert.IsType<AuthResult.Allowed>(await _host.CheckAsync(Key.Sign(Claims($"\"https://x/uid\":\"u\",\"hubs\":\"chat\",{claims}"))));
}
