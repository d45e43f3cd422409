using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Serverless.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Security;

public sealed class ServiceClaimsTests
{
    private const HttpTransportType All = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;

    [Fact]
    public void Read_NoClaims_AsksForNothing() => Assert.Equal(new ServiceClaims(All, null, null, false, null), Read("{}"));

    [Theory]
    [InlineData("\"1\"", HttpTransportType.WebSockets)]
    [InlineData("\"2\"", HttpTransportType.ServerSentEvents)]
    [InlineData("\"4\"", HttpTransportType.LongPolling)]
    [InlineData("6", HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling)]
    [InlineData("\"7\"", All)]
    [InlineData("\"9\"", HttpTransportType.WebSockets)]
    [InlineData("\"0\"", HttpTransportType.None)]
    [InlineData("\"8\"", HttpTransportType.None)]
    [InlineData("\"WebSockets\"", All)]
    [InlineData("\"-1\"", All)]
    [InlineData("\"99999999999999999999\"", All)]
    [InlineData("null", All)]
    [InlineData("{}", All)]
    public void Read_Transports_AreTheBitsThatAreKnown(string value, HttpTransportType expected) =>
        Assert.Equal(expected, Read($$"""{"asrs.s.htt":{{value}}}""").Transports);

    [Theory]
    [InlineData("\"1\"", 1)]
    [InlineData("30", 30)]
    [InlineData("\"300\"", 300)]
    [InlineData("\"0\"", null)]
    [InlineData("\"301\"", null)]
    [InlineData("\"-5\"", null)]
    [InlineData("\" 5\"", null)]
    [InlineData("\"5.5\"", null)]
    [InlineData("\"five\"", null)]
    [InlineData("\"\"", null)]
    [InlineData("true", null)]
    public void Read_PollTimeout_IsIgnoredOutsideItsRange(string value, int? seconds) =>
        Assert.Equal(seconds, (int?)Read($$"""{"asrs.s.ttl":{{value}}}""").PollTimeout?.TotalSeconds);

    [Theory]
    [InlineData("\"1\"", 1)]
    [InlineData("\"30\"", 30)]
    [InlineData("\"31\"", null)]
    [InlineData("\"0\"", null)]
    [InlineData("\"x\"", null)]
    public void Read_HandshakeTimeout_IsIgnoredOutsideItsRange(string value, int? seconds) =>
        Assert.Equal(seconds, (int?)Read($$"""{"asrs.s.cht":{{value}}}""").HandshakeTimeout?.TotalSeconds);

    [Theory]
    [InlineData("""{"asrs.s.coae":"true","asrs.s.aeo":"1767225600"}""", 1767225600)]
    [InlineData("""{"asrs.s.coae":"True","asrs.s.aeo":1767225600}""", 1767225600)]
    [InlineData("""{"asrs.s.coae":true}""", 1767229200 + 300)]
    [InlineData("""{"asrs.s.coae":"true","asrs.s.aeo":"never"}""", 1767229200 + 300)]
    [InlineData("""{"asrs.s.coae":"true","asrs.s.aeo":"999999999999999999"}""", 1767229200 + 300)]
    [InlineData("""{"asrs.s.coae":"false","asrs.s.aeo":"1767225600"}""", null)]
    [InlineData("""{"asrs.s.coae":"1","asrs.s.aeo":"1767225600"}""", null)]
    [InlineData("""{"asrs.s.aeo":"1767225600"}""", null)]
    public void ClosesAt_AuthenticationOrElseTheToken(string claims, int? seconds) =>
        Assert.Equal(seconds, (int?)new TokenClaims(null, DateTimeOffset.FromUnixTimeSeconds(1767229200), Read(claims), Parse(claims)).ClosesAt?.ToUnixTimeSeconds());

    private static ServiceClaims Read(string claims) => ServiceClaims.Read(Parse(claims));

    private static Dictionary<string, JsonElement> Parse(string claims) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(claims)!;
}
