using System.Net;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Page;

public sealed class PageEndpointsTests(ChatNode node) : IClassFixture<ChatNode>
{
    private const string History = "api/page/history?hub=chat&group=lobby";

    [Theory]
    [InlineData("", "text/html")]
    [InlineData("chat.js", "text/javascript")]
    [InlineData("chat.css", "text/css")]
    [InlineData("icon.svg", "image/svg+xml")]
    [InlineData("together.css", "text/css")]
    [InlineData("editor.js", "text/javascript")]
    [InlineData("lib/documents/documents.js", "text/javascript")]
    [InlineData("lib/documents/sending.js", "text/javascript")]
    [InlineData("lib/signalr/signalr.js", "text/javascript")]
    [InlineData("lib/yjs/yjs.js", "text/javascript")]
    public async Task Get_File_IsServedFromAnyWorkingFolder(string path, string type)
    {
        using var answer = await GetAsync(node.Address, path);
        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.StartsWith("default-src 'self'; connect-src 'self' ws:", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetHistory_NothingSent_IsEmpty()
    {
        using var answer = await GetAsync(node.Address, History);
        Assert.Equal("""{"messages":[]}""", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("api/page/history?hub=chat")]
    [InlineData("api/page/history?hub=7&group=lobby")]
    [InlineData("api/page/history?hub=chat&group=lobby&limit=0")]
    [InlineData("api/page/history?hub=chat&group=lobby&limit=1001")]
    [InlineData("api/page/history?hub=chat&group=lobby&limit=many")]
    public async Task GetHistory_Malformed_IsRefused(string path)
    {
        using var answer = await GetAsync(node.Address, path);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task GetHistory_NameThatPointsHere_IsRefused()
    {
        using var answer = await GetAsync(node.Address, History, host: "attacker.example");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Get_OutsideDevelopment_ThereIsNoPage()
    {
        await using var production = await new NodeProcess { Environment = "Production" }.StartAsync();
        foreach (var path in new[] { "", "chat.js", History })
        {
            using var answer = await GetAsync(new($"{production.Url}/"), path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private static async Task<HttpResponseMessage> GetAsync(Uri address, string path, string? host = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        request.Headers.Host = host;
        return await http.SendAsync(request);
    }
}
