using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Sharding;
using Serverless.Tests.Core.Services.Auth;
using Serverless.Tests.Fixtures;
using Serverless.Tests.Fixtures.Functions;
using Xunit;

namespace Serverless.Tests.Functions;

/// <summary>Negotiate in the functions app, with one issuer: what is refused gives one answer, and its reason to the app's log alone.</summary>
public sealed class WorkerAuthTests : IAsyncLifetime
{
    private static readonly SigningKey Key = SigningKey.Rsa();

    private readonly HttpClient _http = new();
    private readonly FunctionsHost _host = new()
    {
        Settings = new()
        {
            ["AzureSignalRConnectionString"] = "Endpoint=https://chat.example.com;AccessKey=a-key-for-tests-that-has-more-than-32-bytes;Version=1.0;",
            ["Serverless:Auth:Issuers:0:Issuer"] = AuthHost.Issuer,
            ["Serverless:Auth:Issuers:0:Audience"] = AuthHost.Audience,
            ["Serverless:Auth:Issuers:0:Keys"] = SigningKey.Set(Key.Jwk),
            ["Serverless:Auth:Issuers:0:HubsClaim"] = "hubs",
            ["Serverless:Auth:Issuers:0:GroupsClaim"] = "groups",
            // one shard takes all clients; "far" only those who ask for its region
            ["Serverless:Fleet:Description"] = """
                [ { "name": "here", "region": "near", "endpoint": "https://chat.example.com" },
                  { "name": "there", "region": "far", "endpoint": "https://far.example.com" } ]
                """,
            ["Serverless:Fleet:Shard"] = "here",
            ["Serverless:Fleet:Keys:there"] = "another-key-for-tests-that-has-more-than-32-bytes",
        },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Negotiate_GoodToken_GivesATokenForTheServiceWithUserAndLimits()
    {
        var (status, body) = await NegotiateAsync(Key.Sign(Claims()));

        Assert.Equal(HttpStatusCode.OK, status);
        var answer = JsonNode.Parse(body)!;
        Assert.Equal("https://chat.example.com/client/?hub=chat", (string?)answer["url"]);
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(((string)answer["accessToken"]!).Split('.')[1]))!;
        Assert.Equal("https://chat.example.com/client/?hub=chat", (string?)claims["aud"]);
        Assert.Equal(("ada", "room-*"), ((string?)claims["asrs.s.uid"], (string?)claims["serverless.groups"]));
    }

    [Fact]
    public async Task Negotiate_Room_GivesItsShardAndATokenWithItsKey()
    {
        var fleet = FleetDescription.Parse(_host.Settings["Serverless:Fleet:Description"]);
        var rooms = Enumerable.Range(0, 20).Select(i => $"room {i}").ToList();
        Assert.Equal(2, rooms.Select(room => fleet.Place(room)!.Name).Distinct().Count());
        foreach (var room in rooms)
        {
            var (status, body) = await NegotiateAsync(Key.Sign(Claims()), $"&room={Uri.EscapeDataString(room)}");
            Assert.Equal(HttpStatusCode.OK, status);
            var answer = JsonNode.Parse(body)!;
            var shard = fleet.Place(room)!;
            Assert.Equal($"{shard.Endpoint}/client/?hub=chat&room={Uri.EscapeDataString(room)}", (string?)answer["url"]);
            var key = shard.Name == "here" ? "a-key-for-tests-that-has-more-than-32-bytes" : "another-key-for-tests-that-has-more-than-32-bytes";
            var token = (string)answer["accessToken"]!;
            Assert.Equal(
                Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(token[..token.LastIndexOf('.')]))), token.Split('.')[2]);
        }

        var (_, far) = await NegotiateAsync(Key.Sign(Claims()), "&region=far");
        Assert.Equal("https://far.example.com/client/?hub=chat&region=far", (string?)JsonNode.Parse(far)!["url"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await NegotiateAsync(Key.Sign(Claims()), $"&room={new string('x', 1025)}")).Status);
    }

    [Fact]
    public async Task Negotiate_EachRefusal_IsTheSameAnswerAndItsReasonIsInTheLog()
    {
        (string? Token, string Reason)[] bad =
        [
            (null, "There is no token"),
            (Key.Sign(Claims(exp: "1")), "expired"),
            (Key.Sign(Claims(issuer: "https://other.example/")), "isn't configured"),
            (Key.Sign(Claims(audience: "other")), "made for somebody else"),
            (Key.Sign(Claims(), "none"), "Its algorithm 'none'"),
            (SigningKey.Sign(Key.PublicPem, "k1", Claims()), "Its algorithm 'HS256'"),
            (Key.Sign(Claims(hubs: "news")), "isn't for this hub"),
        ];
        HashSet<(HttpStatusCode, string)> answers = [];
        foreach (var (token, _) in bad)
        {
            answers.Add(await NegotiateAsync(token));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, Assert.Single(answers).Item1);
        // the worker's log comes behind its answers
        await Wait.UntilAsync(() => Task.FromResult(_host.Output.Contains(bad[^1].Reason, StringComparison.Ordinal)), "the log lacks the last reason");
        Assert.All(bad, one => Assert.Contains(one.Reason, _host.Output, StringComparison.Ordinal));
        Assert.All(bad, one => Assert.DoesNotContain(one.Reason, answers.Single().Item2, StringComparison.Ordinal));
    }

    private static string Claims(string exp = "4102444800", string issuer = AuthHost.Issuer, string audience = AuthHost.Audience, string hubs = "chat") =>
        $$"""{"iss":"{{issuer}}","aud":"{{audience}}","exp":{{exp}},"sub":"ada","hubs":"{{hubs}}","groups":"room-*"}""";

    /// <summary>The answer, without what differs between any two of them.</summary>
    private async Task<(HttpStatusCode Status, string Body)> NegotiateAsync(string? token, string query = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{_host.Url}/api/negotiate?hub=chat{query}"));
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        using var answer = await _http.SendAsync(request, Stop);
        var body = await answer.Content.ReadAsStringAsync(Stop);
        if (JsonNode.Parse(body) is JsonObject problem && problem.Remove("traceId"))
        {
            body = problem.ToJsonString();
        }

        return (answer.StatusCode, body);
    }
}
