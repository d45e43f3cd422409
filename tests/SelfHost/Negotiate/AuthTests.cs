using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Core;
using Serverless.Tests.Core.Services.Auth;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Rest;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Negotiate;

/// <summary>A node process in Production with one issuer, whose tokens limit hubs and groups.</summary>
public sealed class AuthTests : IAsyncLifetime
{
    private static readonly SigningKey Key = SigningKey.Rsa();

    private readonly NodeProcess _node = new()
    {
        Environment = "Production",
        Settings = new Dictionary<string, string>
        {
            ["Serverless:Handlers:Enabled"] = "true",
            ["Serverless:Auth:Issuers:0:Issuer"] = AuthHost.Issuer,
            ["Serverless:Auth:Issuers:0:Audience"] = AuthHost.Audience,
            ["Serverless:Auth:Issuers:0:Keys"] = SigningKey.Set(Key.Jwk),
            ["Serverless:Auth:Issuers:0:HubsClaim"] = "hubs",
            ["Serverless:Auth:Issuers:0:GroupsClaim"] = "groups",
        },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _node.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Negotiate_EachRefusal_IsTheSameAnswerAndItsReasonIsInTheLog()
    {
        var bad = new (string? Token, string Reason)[]
        {
            (null, "There is no token"),
            ("abc", "three parts"),
            (Token(exp: "1"), "expired"),
            (Token("\"nbf\":4102444000"), "is valid from"),
            (Token(issuer: "https://other.example/"), "isn't configured"),
            (Token(audience: "\"other\""), "made for somebody else"),
            (Key.Sign(Claims(), "none"), "Its algorithm 'none'"),
            (SigningKey.Sign(Key.PublicPem, "k1", Claims()), "Its algorithm 'HS256'"),
            (Key.Sign(Claims(), "PS512"), "Its algorithm 'PS512'"),
            (Key.Sign(Claims(), header: ",\"crit\":[]"), "crit"),
            (Token(hubs: "news"), "isn't for this hub"),
            (Token(sub: "\"\""), "can't be one"),
            (Token($"\"x\":\"{new string('x', 8192)}\""), "more than 8192"),
        };
        var answers = new HashSet<string>();
        foreach (var (token, _) in bad)
        {
            using var answer = await NegotiateAsync("chat", token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
            answers.Add($"{Headers(answer)}{await answer.Content.ReadAsStringAsync(Stop)}");
        }

        Assert.Contains("Negotiating needs a valid token", Assert.Single(answers), StringComparison.Ordinal);
        await UntilLoggedAsync(bad[^1].Reason);
        Assert.All(bad, one => Assert.Contains(one.Reason, _node.Output, StringComparison.Ordinal));
        Assert.All(bad.Where(one => one.Token?.Length > 20), one => Assert.DoesNotContain(one.Token!.Split('.')[1], _node.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Negotiate_TokenInTheQuery_DoesntCount()
    {
        using var http = new HttpClient();

        await RestNode.AssertErrorAsync(
            await http.PostAsync(new Uri($"{_node.Url}/api/negotiate?hub=chat&access_token={Token()}"), null, Stop), HttpStatusCode.Unauthorized, "Error.Request.Unauthorized", "Negotiating needs");
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Negotiate_GoodToken_StockClientMayDoWhatItsClaimsSay(HttpTransportType transport)
    {
        await using var ada = Client("chat", Token(groups: "room-* lobby"), transport);
        var received = new TaskCompletionSource<string>();
        ada.On<string>("receive", text => received.TrySetResult(text));
        await ada.StartAsync(Stop);

        await ada.InvokeAsync("JoinGroup", "room-1", Stop);
        await ada.InvokeAsync("SendToGroup", "room-1", "receive", "hello", Stop);
        Assert.Equal("hello", await received.Task.In());

        foreach (var (method, arguments) in new (string, object[])[]
        {
            ("JoinGroup", ["room"]),
            ("SendToGroup", ["other", "receive", "x"]),
            ("SendToUser", ["bob", "receive", "x"]),
            ("Broadcast", ["receive", "x"]),
        })
        {
            var refused = await Assert.ThrowsAsync<HubException>(() => ada.InvokeCoreAsync(method, arguments, Stop));
            Assert.EndsWith($"'{method}' isn't allowed.", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Negotiate_AnotherHub_StockClientIsRefusedEverywhere()
    {
        await using var other = Client("news", Token());
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<HttpRequestException>(() => other.StartAsync(Stop))).StatusCode);

        // nor is the token that it was given for its own hub good for another one
        using var answer = await NegotiateAsync("chat", Token());
        var given = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement.GetProperty("accessToken").GetString();
        await using var direct = new HubConnectionBuilder()
            .WithUrl($"{_node.Url}/client/?hub=news", options => options.AccessTokenProvider = () => Task.FromResult(given))
            .Build();
        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<HttpRequestException>(() => direct.StartAsync(Stop))).StatusCode);
    }

    [Fact]
    public async Task Negotiate_Development_ChecksATokenThatIsThere()
    {
        await using var node = new NodeProcess { Settings = _node.Settings };
        await node.StartAsync();
        using var http = new HttpClient();
        var address = new Uri($"{node.Url}/api/negotiate?hub=chat&user=eve");

        using var anonymous = await http.PostAsync(address, null, Stop);
        Assert.Equal(HttpStatusCode.OK, anonymous.StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", Token(exp: "1"));
        using var expired = await http.PostAsync(address, null, Stop);
        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", Token());
        using var good = await http.PostAsync(address, null, Stop);
        var claims = JsonDocument.Parse(await good.Content.ReadAsStringAsync(Stop)).RootElement.GetProperty("accessToken").GetString()!.Split('.')[1];
        Assert.Contains("\"ada\"", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(claims)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BadIssuer_SaysWhich()
    {
        await using var node = new NodeProcess
        {
            Settings = new Dictionary<string, string> { ["Serverless:Auth:Issuers:0:Issuer"] = "x", ["Serverless:Auth:Issuers:0:Keys"] = "/nowhere.json" },
        };

        Assert.Equal(1, await node.RunToEndAsync());
        Assert.Contains("- Serverless:Auth:Issuers:0:Audience is not set", node.Output, StringComparison.Ordinal);
        Assert.Contains("- Serverless:Auth:Issuers:0:Keys is neither JSON nor a file", node.Output, StringComparison.Ordinal);
    }

    private static string Claims(string more = "", string issuer = AuthHost.Issuer, string audience = $"\"{AuthHost.Audience}\"", string sub = "\"ada\"", string exp = "4102444800", string hubs = "chat", string groups = "lobby") =>
        AuthHost.Claims($"\"hubs\":\"{hubs}\",\"groups\":\"{groups}\"{(more.Length > 0 ? "," : "")}{more}", issuer, audience, sub, exp);

    private static string Token(string more = "", string issuer = AuthHost.Issuer, string audience = $"\"{AuthHost.Audience}\"", string sub = "\"ada\"", string exp = "4102444800", string hubs = "chat", string groups = "lobby") =>
        Key.Sign(Claims(more, issuer, audience, sub, exp, hubs, groups));

    private HubConnection Client(string hub, string token, HttpTransportType? transport = null) => new HubConnectionBuilder()
        .WithUrl($"{_node.Url}/api?hub={hub}", options =>
        {
            options.AccessTokenProvider = () => Task.FromResult<string?>(token);
            options.Transports = transport ?? options.Transports;
        })
        .Build();

    private async Task<HttpResponseMessage> NegotiateAsync(string hub, string? token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_node.Url}/api/negotiate?hub={hub}");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await http.SendAsync(request, Stop);
    }

    private static string Headers(HttpResponseMessage answer) =>
        string.Join('\n', answer.Headers.Where(header => header.Key != "Date").Select(header => $"{header.Key}: {string.Join(',', header.Value)}"));

    /// <summary>The console is written behind the answer.</summary>
    private async Task UntilLoggedAsync(string text)
    {
        using var guard = new CancellationTokenSource(Guard.Time);
        while (!_node.Output.Contains(text, StringComparison.Ordinal))
        {
            await Task.Delay(20, guard.Token);
        }
    }
}
