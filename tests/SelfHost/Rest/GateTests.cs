using System.Net;
using System.Net.Sockets;
using System.Text;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>What every call passes, whatever it is about.</summary>
public sealed class GateTests(RestNode fixture) : IClassFixture<RestNode>
{
    private const string Target = "/api/v1/hubs/chat";

    private Node Node => fixture.Node;

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("http://localhost/client/?hub=chat")]
    [InlineData("http://localhost/api/v1/hubs/other")]
    public async Task Call_WithoutGoodToken_Answers401(string? audience)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Target, UriKind.Relative)) { Content = RestNode.Json("""{"target":"t"}""") };
        request.Headers.Authorization = audience is null ? null : new("Bearer", Jwt.ForApi(audience, NodeProcess.Key));

        var answer = await Node.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("Bearer error=\"invalid_token\"", $"{answer.Headers.WwwAuthenticate}");
        await RestNode.AssertErrorAsync(answer, HttpStatusCode.Unauthorized, "Error.Request.Unauthorized", "access token");
    }

    [Fact]
    public async Task Call_TokenInTheQuery_Answers401()
    {
        var token = Jwt.ForApi($"http://localhost{Target}", NodeProcess.Key);

        await RestNode.AssertErrorAsync(
            await Node.Http.PostAsync(new Uri($"{Target}?access_token={token}", UriKind.Relative), RestNode.Json("""{"target":"t"}""")),
            HttpStatusCode.Unauthorized, "Error.Request.Unauthorized", "access token");
    }

    [Theory]
    [InlineData("GET", Target, HttpStatusCode.MethodNotAllowed, "Error.Request.MethodNotAllowed")]
    [InlineData("POST", "/api/v2/nothing", HttpStatusCode.NotFound, "Error.Request.NotExisted")]
    public async Task Call_WhatIsNotServed_HasCodeAndBody(string verb, string target, HttpStatusCode status, string code) =>
        await RestNode.AssertErrorAsync(await Node.CallAsync(verb, target), status, code, "served");

    [Fact]
    public async Task Call_FromAPageElsewhere_GetsNoCors()
    {
        using var answer = await Node.CallAsync("POST", Target, RestNode.Json("""{"target":"t"}"""), ("Origin", "https://elsewhere.example"));

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Answer_Any_HasSecurityHeadersAndNoServerName()
    {
        using var answer = await Node.CallAsync("POST", Target, RestNode.Json("""{"target":"t"}"""));

        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Contains("frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Empty(answer.Headers.Server);
    }

    [Theory]
    [InlineData("POST /api/v1/hubs/chat/x/../../chat HTTP/1.1")]
    [InlineData("POST /api/v1/hubs/chat/groups/%2E%2E/groups/a HTTP/1.1")]
    public async Task Call_DotsInThePath_NeverReachAnotherTarget(string line)
    {
        // a token for the address as written doesn't open the one that the server makes of it
        var token = Jwt.ForApi($"http://localhost{line.Split(' ')[1]}", NodeProcess.Key);
        using var client = new TcpClient();
        await client.ConnectAsync(Node.Address.Host, Node.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"{line}\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{{\"target\":\"t\"}}"));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Matches("^HTTP/1.1 4(00|04)", answer);
    }
}
