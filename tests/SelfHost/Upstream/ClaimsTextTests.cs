using System.Text.Json;
using Serverless.SelfHost.Security;
using Serverless.SelfHost.Upstream;
using Serverless.Services.Auth;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

public sealed class ClaimsTextTests
{
    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"aud":"a","exp":1,"iat":1,"nbf":1,"iss":"i","jti":"j","nonce":"n","asrs.s.uid":"u","asrs.s.aut":"x"}""", null)]
    [InlineData("""{"nameid":"ada","sub":"s","asrs.u.aud":"mine"}""", "nameid: ada,sub: s,aud: mine")]
    [InlineData("""{"role":["a","b"],"on":true,"n":1.50,"none":null,"o":{"x":1,"y":2}}""", """role: a,role: b,on: true,n: 1.50,o: {"x":1%2C"y":2}""")]
    [InlineData("""{"http://schemas/name":"Ada: the first"}""", "http://schemas/name: Ada: the first")]
    [InlineData("""{"half":"\ud800","whole":"\ud83d\ude00"}""", "whole: %F0%9F%98%80")]
    public void Claims_AreThoseOfTheUser(string claims, string? expected)
    {
        using var document = JsonDocument.Parse(claims);

        Assert.Equal(expected, ClaimsText.Of(document.RootElement.EnumerateObject().ToDictionary(claim => claim.Name, claim => claim.Value), Access.Everything));
    }

    /// <summary>A receiver drops a claim without a value, and takes none for no limit: so an empty one, and one that isn't text, must still say that nothing is allowed.</summary>
    [Theory]
    [InlineData("""{"serverless.groups":"a b*"}""", "serverless.groups: a b*")]
    [InlineData("""{"serverless.groups":""}""", "serverless.groups: !")]
    [InlineData("""{"serverless.groups":null,"serverless.documents":[]}""", "serverless.groups: !,serverless.documents: !")]
    [InlineData("""{"asrs.u.serverless.groups":"*","role":"x","serverless.groups":"a"}""", "serverless.groups: a,role: x")]
    [InlineData("""{"asrs.u.serverless.groups":"*"}""", null)]
    public void Claims_OfAccess_AreAsTheNodeUnderstoodThem(string claims, string? expected)
    {
        using var document = JsonDocument.Parse(claims);
        var all = document.RootElement.EnumerateObject().ToDictionary(claim => claim.Name, claim => claim.Value);
        var token = new TokenClaims(null, DateTimeOffset.UnixEpoch, ServiceClaims.Read(all), all);

        Assert.Equal(expected, ClaimsText.Of(all, token.Access));
    }

    [Theory]
    [InlineData("Say", "Say")]
    [InlineData("a\r\nb", "a%0D%0Ab")]
    public void Shorten_Name_IsOneLine(string name, string expected) => Assert.Equal(expected, HeaderText.Shorten(name));

    [Fact]
    public void Shorten_LongName_IsCut() => Assert.Equal(new string('x', 100) + "…", HeaderText.Shorten(new string('x', 1_000_000)));
}
