using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Rest;
using Xunit;

namespace Serverless.Tests.SelfHost.Negotiate;

public sealed class NegotiateTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Negotiate_Development_SendsTheStockClientOnAsTheNamedUser()
    {
        await using var node = await new NodeProcess().StartAsync();
        await using var connection = new HubConnectionBuilder().WithUrl($"{node.Url}/api?hub=chat&user=ada").Build();

        await connection.StartAsync(Stop);

        Assert.Equal(HubConnectionState.Connected, connection.State);
    }

    [Fact]
    public async Task Negotiate_ProductionAnonymous_Answers401()
    {
        await using var node = await Node.StartAsync();

        await RestNode.AssertErrorAsync(
            await PostAsync(node, "?hub=chat&user=ada"), HttpStatusCode.Unauthorized, "Error.Request.Unauthorized", "Serverless:Negotiate:AllowAnonymous");
    }

    [Fact]
    public async Task Negotiate_AnonymousAllowed_AnswersForNobodyAtTheAskedHost()
    {
        await using var node = await Node.StartAsync(("Serverless:Negotiate:AllowAnonymous", "true"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/negotiate?hub=Chat&user=ada&negotiateVersion=1") { Headers = { Host = "chat.example:81" } };

        using var answer = await node.Http.SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("no-store", $"{answer.Headers.CacheControl}");
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal("http://chat.example:81/client/?hub=chat", json.GetProperty("url").GetString());
        Assert.DoesNotContain("ada", Claims(json), StringComparison.Ordinal);
        Assert.Equal(["url", "accessToken"], json.EnumerateObject().Select(property => property.Name));
    }

    [Theory]
    [InlineData("https://realtime.example.com")]
    [InlineData("https://realtime.example.com/")]
    public async Task Negotiate_PublicEndpoint_IsWhereClientsAreSent(string endpoint)
    {
        await using var node = await Node.StartAsync(("Serverless:Negotiate:AllowAnonymous", "true"), ("Serverless:Node:PublicEndpoint", endpoint));

        using var answer = await PostAsync(node, "?hub=chat");

        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal("https://realtime.example.com/client/?hub=chat", json.GetProperty("url").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("?hub=")]
    [InlineData("?hub=1")]
    [InlineData("?hub=a&hub=b")]
    public async Task Negotiate_WrongHub_Answers400AndWhy(string query)
    {
        await using var node = await Node.StartAsync(("Serverless:Negotiate:AllowAnonymous", "true"));

        await RestNode.AssertErrorAsync(await PostAsync(node, query), HttpStatusCode.BadRequest, "Error.Request.Invalid", "one 'hub'");
    }

    [Fact]
    public async Task Negotiate_UserTooLong_Is400()
    {
        await using var node = await new NodeProcess().StartAsync();
        using var http = new HttpClient();

        await RestNode.AssertErrorAsync(
            await http.PostAsync(new Uri($"{node.Url}/api/negotiate?hub=chat&user={new string('u', 1025)}"), null, Stop),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "A user id has 1 to 1024");
    }

    [Fact]
    public async Task Cors_ClientIsOpenAndNegotiateIsClosed()
    {
        await using var node = await Node.StartAsync();

        using var client = await PreflightAsync(node, "/client/negotiate?hub=chat");
        Assert.Equal("https://elsewhere.example", Assert.Single(client.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("true", Assert.Single(client.Headers.GetValues("Access-Control-Allow-Credentials")));

        using var negotiate = await PreflightAsync(node, "/api/negotiate?hub=chat");
        Assert.False(negotiate.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private static Task<HttpResponseMessage> PostAsync(Node node, string query) =>
        node.Http.PostAsync(new Uri($"/api/negotiate{query}", UriKind.Relative), null, Stop);

    private static async Task<HttpResponseMessage> PreflightAsync(Node node, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, target);
        request.Headers.Add("Origin", "https://elsewhere.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,x-requested-with");
        return await node.Http.SendAsync(request, Stop);
    }

    private static string Claims(JsonElement answer)
    {
        var claims = answer.GetProperty("accessToken").GetString()!.Split('.')[1];
        return System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(claims));
    }
}
