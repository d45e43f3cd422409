using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>Nodes with an upstream, and stock clients of theirs.</summary>
internal static class UpstreamNode
{
    public const string SecondKey = "second-key-second-key-second-key-second";

    /// <summary>A node that posts all events to a receiver.</summary>
    public static Task<Node> StartAsync(Receiver receiver, params (string Setting, string Value)[] settings) =>
        StartAsync(receiver.Template, settings);

    public static Task<Node> StartAsync(string template, params (string Setting, string Value)[] settings) =>
        Node.StartAsync([(Setting("Templates:0:UrlTemplate"), template), .. settings]);

    public static string Setting(string name) => $"Serverless:Upstream:{name}";

    /// <summary>An access token with these members besides audience and expiry: <c>"nameid":"ada"</c>.</summary>
    public static string Token(string claims = "", string hub = "chat") => Jwt.Sign(
        """{"alg":"HS256","typ":"JWT"}""",
        $$"""{"aud":"http://localhost/client/?hub={{hub}}","exp":4102444800,"iat":1700000000{{(claims.Length > 0 ? "," : "")}}{{claims}}}""",
        NodeProcess.Key);

    /// <summary>A stock client that isn't started.</summary>
    public static HubConnection Client(
        Node node,
        string protocol = "json",
        string claims = "",
        string hub = "chat",
        string query = "",
        HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(node.Address, $"client/?hub={hub}{query}"), options =>
        {
            options.Transports = transport;
            options.AccessTokenProvider = () => Task.FromResult<string?>(Token(claims, hub.ToLowerInvariant()));
        });
        return (protocol == "messagepack" ? builder.AddMessagePackProtocol() : builder).Build();
    }

    /// <summary>A stock client that is connected.</summary>
    public static async Task<HubConnection> ConnectAsync(
        Node node,
        string protocol = "json",
        string claims = "",
        string hub = "chat",
        string query = "",
        HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var client = Client(node, protocol, claims, hub, query, transport);
        await client.StartAsync(TestContext.Current.CancellationToken);
        return client;
    }
}
