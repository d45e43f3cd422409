using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.SelfHost.Upstream;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>What a receiver gets. Contract, sections 4.2 and 4.3; section 7 for what the Functions extension checks.</summary>
public sealed class RequestTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Events_OfAClient_HaveTheHeadersOfTheContract(string protocol)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(
            node, protocol, """ "asrs.s.uid":"ada","role":["admin","staff"],"asrs.u.nonce":"n","level":7 """, "Chat", "&room=the%20lobby&x=1");
        var connected = await receiver.NextAsync("connected");
        await client.InvokeAsync("Say", "hello", Stop);
        var invoked = await receiver.NextAsync("Say");
        await client.StopAsync(Stop);
        var disconnected = await receiver.NextAsync("disconnected");

        Assert.All([connected, invoked, disconnected], received =>
        {
            Assert.Equal("POST", received.Method);
            Assert.Equal("/runtime/webhooks/signalr?code=secret", received.Target);
            Assert.Equal(client.ConnectionId ?? connected.Connection, received.Connection);
            Assert.Equal("chat", received["X-ASRS-Hub"]);
            Assert.Equal("ada", received["X-ASRS-User-Id"]);
            Assert.Equal("role: admin,role: staff,nonce: n,level: 7", received["X-ASRS-User-Claims"]);
            Assert.Equal("?hub=Chat&room=the%20lobby&x=1", received["X-ASRS-Client-Query"]);
            Assert.Equal(Sign(NodeProcess.Key, received.Connection), received["X-ASRS-Signature"]);
            Assert.DoesNotContain("Authorization", received.Headers);
            Assert.Equal($"{received.Body.Length}", received["Content-Length"]);
        });
        Assert.Equal(["connections", "messages", "connections"], new[] { connected, invoked, disconnected }.Select(received => received["X-ASRS-Category"]));
        Assert.Equal("application/json", connected["Content-Type"]);
        Assert.Equal(protocol == "json" ? "application/json" : "application/x-msgpack", invoked["Content-Type"]);
        Assert.Equal("application/json", disconnected["Content-Type"]);
    }

    [Fact]
    public async Task Events_OfNobody_HaveNoUserAndNoClaims()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node);
        var connected = await receiver.NextAsync("connected");

        Assert.DoesNotContain("X-ASRS-User-Id", connected.Headers);
        Assert.DoesNotContain("X-ASRS-User-Claims", connected.Headers);
        Assert.Equal("?hub=chat", connected["X-ASRS-Client-Query"]);
    }

    [Fact]
    public async Task Signature_WithTwoKeys_IsOneForEachWithoutSpaces()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver, ("Serverless:Keys:Secondary", UpstreamNode.SecondKey));
        await using var client = await UpstreamNode.ConnectAsync(node);
        var connected = await receiver.NextAsync("connected");

        Assert.Equal(
            $"{Sign(NodeProcess.Key, connected.Connection)},{Sign(UpstreamNode.SecondKey, connected.Connection)}", connected["X-ASRS-Signature"]);
    }

    [Fact]
    public async Task Query_OfASocketWithItsTokenInIt_ComesWithoutSecrets()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        using var client = await WireSocket.OpenAsync(node, query: "&a=1&b=%C3%BC");

        Assert.Equal("?hub=chat&a=1&b=%C3%BC", (await receiver.NextAsync("connected"))["X-ASRS-Client-Query"]);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("?", null)]
    [InlineData("?id=1&access_token=2", null)]
    [InlineData("?hub=a&Access_Token=2&%69d=1&access%5Ftoken=3&idx=4&&b", "?hub=a&idx=4&b")]
    [InlineData("?a=\u00fc \u0001,", "?a=%C3%BC %01,")]
    public void Query_IsAsItCameWithoutSecrets(string? query, string? expected) => Assert.Equal(expected, QueryText.Of(query));

    [Fact]
    public async Task Names_WithOtherLetters_ArePercentEncoded()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync($"{receiver.Address}{{hub}}/{{category}}/{{event}}?of={{event}}");
        await using var client = await UpstreamNode.ConnectAsync(node, claims: """ "nameid":"jörg 100%","full":"Jörg, x: admin,role: admin\r\nX: y" """);
        await receiver.NextAsync("connected");
        await client.InvokeAsync("Grüße/an alle?", Stop);
        var invoked = await receiver.NextAsync();

        Assert.Equal("/chat/messages/Gr%C3%BC%C3%9Fe%2Fan%20alle%3F?of=Gr%C3%BC%C3%9Fe%2Fan%20alle%3F", invoked.Target);
        Assert.Equal("Gr%C3%BC%C3%9Fe/an alle?", invoked.Name);
        Assert.Equal("j%C3%B6rg 100%25", invoked["X-ASRS-User-Id"]);
        // a claim's value adds no claim: the receiver splits at commas
        Assert.Equal("nameid: j%C3%B6rg 100%,full: J%C3%B6rg%2C x: admin%2Crole: admin%0D%0AX: y", invoked["X-ASRS-User-Claims"]);
    }

    private static string Sign(string key, string connection)
    {
        using var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(key));
        return "sha256=" + string.Concat(hmac.ComputeHash(Encoding.UTF8.GetBytes(connection)).Select(value => value.ToString("X2", null)));
    }
}
