using System.Net;
using System.Text.Json;
using Serverless.Events;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>What the REST API says of connections, users and groups, and does to them, in both styles of its paths.</summary>
public sealed class ConnectionsTests(RestNode fixture) : IClassFixture<RestNode>
{
    private const string Dated = "?api-version=2022-06-01";

    private Node Node => fixture.Node;

    [Theory]
    [InlineData("/api/v1/hubs/", "")]
    [InlineData("/api/hubs/", Dated)]
    public async Task Exists_ConnectionUserAndGroup_WhileThereIsOne(string root, string version)
    {
        var hub = NewHub();
        using var client = await RawWebSocket.OpenAsync(Node.Address, hub: hub, user: "ada");
        var id = await ConnectionOfAsync(hub);
        await StatusAsync(200, "PUT", $"{root}{hub}/groups/red/connections/{id}{version}");
        foreach (var verb in (string[])["HEAD", "GET"])
        {
            await StatusAsync(200, verb, $"{root}{hub}/connections/{id}{version}");
            await StatusAsync(200, verb, $"{root}{hub}/users/ada{version}");
            await StatusAsync(200, verb, $"{root}{hub}/groups/red{version}");
            await StatusAsync(200, verb, $"{root}{hub}/users/ada/groups/red{version}");
            Assert.Equal("Warning.Connection.NotExisted", await StatusAsync(404, verb, $"{root}{hub}/connections/nobody{version}"));
            Assert.Equal("Warning.User.NotExisted", await StatusAsync(404, verb, $"{root}{hub}/users/bob{version}"));
            Assert.Equal("Warning.Group.NotExisted", await StatusAsync(404, verb, $"{root}{hub}/groups/blue{version}"));
            Assert.Equal("Info.User.NotInGroup", await StatusAsync(404, verb, $"{root}{hub}/users/ada/groups/blue{version}"));
        }

        await client.SendAsync(ClientFrames.Make(ClientFrames.Close, []));
        while ((await client.FrameAsync()).Opcode != ClientFrames.Close)
        {
        }

        await Node.UntilStoredAsync(hub, events => events.OfType<ConnectionClosed>().Any());
        Assert.Equal("Warning.Connection.NotExisted", await StatusAsync(404, "HEAD", $"{root}{hub}/connections/{id}{version}"));
        Assert.Equal("Warning.User.NotExisted", await StatusAsync(404, "HEAD", $"{root}{hub}/users/ada{version}"));
        Assert.Equal("Warning.Group.NotExisted", await StatusAsync(404, "HEAD", $"{root}{hub}/groups/red{version}"));
    }

    [Fact]
    public async Task Join_ConnectionThatIsNotThere_Is404WithTheCodeThatSdksPassOver() =>
        Assert.Equal("Error.Connection.NotExisted", await StatusAsync(404, "PUT", $"/api/hubs/{NewHub()}/groups/red/connections/nobody{Dated}"));

    [Theory]
    [InlineData("/api/v1/hubs/", "?reason=go%20away", 202)]
    [InlineData("/api/hubs/", $"{Dated}&reason=go%20away", 200)]
    public async Task Close_Connection_TellsItsClientWhyAndThatItMayComeBack(string root, string query, int status)
    {
        var hub = NewHub();
        using var client = await RawWebSocket.OpenAsync(Node.Address, hub: hub);
        await StatusAsync(status, "DELETE", $"{root}{hub}/connections/{await ConnectionOfAsync(hub)}{query}");

        // for all others it is gone from here on, whenever its client goes
        await StatusAsync(404, "HEAD", $"/api/hubs/{hub}/connections/{(await Node.StoredAsync(hub)).OfType<ConnectionOpened>().Single().Connection}{Dated}");
        Assert.Equal("""{"type":7,"error":"go away","allowReconnect":true}""" + "\u001e", (await client.FrameAsync()).Text);
        Assert.Equal(ClientFrames.Close, (await client.FrameAsync()).Opcode);
    }

    [Fact]
    public async Task Close_ConnectionThatIsNotThere_Is404WithTheCodeThatSdksPassOver() =>
        Assert.Equal("Warning.Connection.NotExisted", await StatusAsync(404, "DELETE", $"/api/hubs/{NewHub()}/connections/nobody{Dated}"));

    [Theory]
    [InlineData("", new[] { "ann", "bob", "eve" })]
    [InlineData("users/ann/", new[] { "ann" })]
    [InlineData("groups/red/", new[] { "ann", "bob" })]
    public async Task Close_Many_ClosesThoseAndNoOther(string path, string[] closed)
    {
        var hub = NewHub();
        var clients = new Dictionary<string, RawWebSocket>();
        foreach (var user in (string[])["ann", "bob", "eve", "out"])
        {
            clients[user] = await RawWebSocket.OpenAsync(Node.Address, hub: hub, user: user);
        }

        var opened = (await Node.StoredAsync(hub)).OfType<ConnectionOpened>().ToDictionary(each => each.User!, each => each.Connection);
        foreach (var user in (string[])["ann", "bob", "out"])
        {
            await StatusAsync(200, "PUT", $"/api/hubs/{hub}/groups/red/connections/{opened[user]}{Dated}");
        }

        await StatusAsync(204, "POST", $"/api/hubs/{hub}/{path}:closeConnections{Dated}&reason=over&excluded={opened["out"]}");
        using var message = RestNode.Json("""{"target":"still","arguments":[]}""");
        await StatusAsync(202, "POST", $"/api/hubs/{hub}/:send{Dated}", message);

        foreach (var (user, client) in clients)
        {
            Assert.Contains(closed.Contains(user) ? "\"error\":\"over\"" : "\"target\":\"still\"", (await client.FrameAsync()).Text, StringComparison.Ordinal);
            client.Dispose();
        }
    }

    [Fact]
    public async Task List_Group_GivesPagesByIdUpToTop()
    {
        var hub = NewHub();
        var clients = new List<RawWebSocket>();
        for (var i = 0; i < 5; i++)
        {
            clients.Add(await RawWebSocket.OpenAsync(Node.Address, hub: hub, user: i == 0 ? null : "ada"));
        }

        var opened = (await Node.StoredAsync(hub)).OfType<ConnectionOpened>().ToList();
        foreach (var each in opened)
        {
            await StatusAsync(200, "PUT", $"/api/hubs/{hub}/groups/a%2Fb/connections/{each.Connection}{Dated}");
        }

        Assert.Equal([2, 2, 1], (await PagesAsync($"/api/hubs/{hub}/groups/a%2Fb/connections?api-version=2024-12-01&maxpagesize=2")).Select(page => page.Count));
        Assert.Equal([2, 1], (await PagesAsync($"/api/hubs/{hub}/groups/a%2Fb/connections?api-version=2024-12-01&maxpagesize=2&top=3")).Select(page => page.Count));
        var all = Assert.Single(await PagesAsync($"/api/hubs/{hub}/groups/a%2Fb/connections?api-version=2024-12-01"));
        Assert.Equal(
            opened.Select(each => (each.Connection.Value, each.User)).OrderBy(each => each.Value, StringComparer.Ordinal),
            all);
        Assert.Empty(Assert.Single(await PagesAsync($"/api/hubs/{hub}/groups/nobody/connections?api-version=2024-12-01")));
        clients.ForEach(client => client.Dispose());
    }

    [Theory]
    [InlineData("maxpagesize=0")]
    [InlineData("maxpagesize=201")]
    [InlineData("top=0")]
    [InlineData("top=x")]
    public async Task List_OutOfRange_Is400(string query) =>
        Assert.Equal("Error.Request.Invalid", await StatusAsync(400, "GET", $"/api/hubs/{NewHub()}/groups/g/connections?api-version=2024-12-01&{query}"));

    [Theory]
    [InlineData("")]
    [InlineData("?api-version=")]
    [InlineData("?api-version=today")]
    [InlineData("?api-version=2020-01-01")]
    [InlineData("?api-version=2022-06-01&api-version=2022-06-01")]
    public async Task Version_MissingOrWrong_Is400(string query) =>
        Assert.Equal("Error.Request.Invalid", await StatusAsync(400, "HEAD", $"/api/hubs/{NewHub()}/users/ada{query}"));

    [Fact]
    public async Task GenerateToken_LetsAClientIn()
    {
        var hub = NewHub();
        using var answer = await Node.CallAsync("POST", $"/api/hubs/{hub}/:generateToken?api-version=2022-11-01&userId=ada&minutesToExpire=5");
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var token = body.RootElement.GetProperty("token").GetString()!;
        using var client = await RawWebSocket.ConnectAsync(Node.Address);
        await client.SendAsync(RawWebSocket.Request(hub).Replace(RawWebSocket.Token(hub), token, StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 101 ", await client.HeadAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("""{"protocol":"json","version":1}""");
        await client.FrameAsync();
        Assert.Equal("ada", Assert.Single((await Node.StoredAsync(hub)).OfType<ConnectionOpened>()).User);
    }

    [Theory]
    [InlineData("userId=")]
    [InlineData("userId={0}")]
    [InlineData("minutesToExpire=0")]
    public async Task GenerateToken_Wrong_Is400(string query) =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/hubs/chat/:generateToken?api-version=2022-11-01&{query.Replace("{0}", new string('u', 1025), StringComparison.Ordinal)}"),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", query.Split('=')[0]);

    private static string NewHub() => $"h{Guid.NewGuid():N}";

    private async Task<string> ConnectionOfAsync(string hub) => Assert.Single((await Node.StoredAsync(hub)).OfType<ConnectionOpened>()).Connection.Value;

    /// <returns>The error's code, or null.</returns>
    private async Task<string?> StatusAsync(int status, string verb, string target, HttpContent? body = null)
    {
        using var answer = await Node.CallAsync(verb, target, body);
        Assert.True(status == (int)answer.StatusCode, $"{verb} {target} was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return answer.Headers.TryGetValues("x-ms-error-code", out var codes) ? codes.Single() : null;
    }

    private async Task<List<List<(string, string?)>>> PagesAsync(string? target)
    {
        var pages = new List<List<(string, string?)>>();
        while (target is not null)
        {
            using var answer = await Node.CallAsync("GET", target);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            pages.Add([.. body.RootElement.GetProperty("value").EnumerateArray().Select(item => (
                item.GetProperty("connectionId").GetString()!, item.TryGetProperty("userId", out var user) ? user.GetString() : null))]);
            target = body.RootElement.TryGetProperty("nextLink", out var next) ? next.GetString()!.Replace(Node.Address.GetLeftPart(UriPartial.Authority), "", StringComparison.Ordinal) : null;
        }

        return pages;
    }
}
