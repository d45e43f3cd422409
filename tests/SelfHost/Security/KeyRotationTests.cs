using Serverless.SelfHost.Security;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Transports;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Security;

/// <summary>Access keys change while the node runs, one after the other, as Azure's portal has it.</summary>
public sealed class KeyRotationTests
{
    private const string Primary = "Serverless:Keys:Primary";
    private const string Secondary = "Serverless:Keys:Secondary";
    private const string Old = NodeProcess.Key;
    private const string New = "a-new-key-for-tests-that-has-more-than-32-bytes";

    [Fact]
    public async Task Rotate_PrimaryAndSecondary_BothCountUntilTheOldOneIsTakenOut()
    {
        await using var node = await Node.StartAsync();
        using var open = await WireConnection.OpenAsync(node.Address, HttpTransportType.LongPolling);
        Assert.Equal((200, 401), await AskAsync(node.Address));

        node.Change(Secondary, New);
        Assert.Equal((200, 200), await AskAsync(node.Address));

        node.Change(Primary, New);
        node.Change(Secondary, Old);
        Assert.Equal((200, 200), await AskAsync(node.Address));

        // a connection that began under the old key goes on: its connection token is of that key
        await open.SendAsync("""{"type":1,"invocationId":"7","target":"Echo","arguments":[]}""");
        Assert.StartsWith("""{"type":3,"invocationId":"7",""", await open.NextAsync(), StringComparison.Ordinal);

        node.Change(Secondary, "");
        Assert.Equal((401, 200), await AskAsync(node.Address));
    }

    [Fact]
    public async Task Rotate_FileOfSettingsChanges_CountsWithoutARestart()
    {
        // null: the variable that goes before the file isn't set
        await using var node = new NodeProcess { Environment = "Production", Settings = new Dictionary<string, string> { [Primary] = null! } };
        var file = Path.Combine(node.Folder, "appsettings.json");
        await File.WriteAllTextAsync(file, Settings(Old));
        await node.StartAsync();
        Assert.Equal((200, 401), await AskAsync(new Uri(node.Url)));

        await File.WriteAllTextAsync(file, Settings(New));

        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await AskAsync(new Uri(node.Url)) != (401, 200))
        {
            Assert.False(guard.IsCancellationRequested, $"The new key doesn't count. The node printed:\n{node.Output}");
        }
    }

    [Theory]
    [InlineData("k")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123==")]
    public async Task Key_ShorterThan32BytesOrLikeBase64_WorksInDevelopment(string key)
    {
        using var ring = new KeyRing(new() { ["urls"] = "http://localhost:8888", [Primary] = key }, "Development");
        var validator = new TokenValidator(ring.Keys, TimeProvider.System);
        const string claims = """{"aud":"http://localhost/client/?hub=chat","exp":4102444800}""";

        Assert.IsType<TokenResult.Valid>(validator.ValidateClient(Jwt.Sign("""{"alg":"HS256"}""", claims, key), "chat"));
        Assert.IsType<TokenResult.Valid>(validator.ValidateClient(Jwt.Sign("""{"alg":"HS512"}""", claims, key), "chat"));

        // and on a node, with the connection token that is derived from it
        await using var node = await new NodeProcess { Settings = new Dictionary<string, string> { [Primary] = key } }.StartAsync();
        var client = new WireClient(new Uri(node.Url), Jwt.Sign("""{"alg":"HS256"}""", claims, key));
        await client.NegotiateAsync();
        using var socket = await client.OpenWebSocketAsync();
    }

    /// <returns>The status of a negotiate with a token of the old key, and with one of the new.</returns>
    private static async Task<(int Old, int New)> AskAsync(Uri node) => (await AskAsync(node, Old), await AskAsync(node, New));

    private static async Task<int> AskAsync(Uri node, string key)
    {
        var token = Jwt.Sign("""{"alg":"HS256","typ":"JWT"}""", """{"aud":"http://localhost/client/?hub=chat","exp":4102444800}""", key);
        using var answer = await new WireClient(node, token).SendAsync(HttpMethod.Post, path: "client/negotiate");
        return (int)answer.StatusCode;
    }

    private static string Settings(string key) => $$"""{ "Serverless:Keys:Primary": "{{key}}" }""";
}
