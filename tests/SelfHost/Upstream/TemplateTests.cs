using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.SelfHost.Hosting;
using Serverless.SelfHost.Upstream;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>Which receiver gets an event. Contract, section 4.1.</summary>
public sealed class TemplateTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("*", "any", true)]
    [InlineData("a", "a", true)]
    [InlineData("a", "A", false)]
    [InlineData("a", "ab", false)]
    [InlineData("a*", "ab", false)]
    [InlineData(" a , b ", "b", true)]
    [InlineData("a, *", "c", true)]
    [InlineData("a,,b", "", false)]
    public void Pattern_Names(string pattern, string name, bool matches) => Assert.Equal(matches, new NamePattern(pattern).Matches(name));

    [Theory]
    [InlineData("https://h/{hub}/{category}/{event}", "https://h/chat/messages/Say")]
    [InlineData("https://h/api?e={event}&h={hub}", "https://h/api?e=Say&h=chat")]
    [InlineData("http://{hub}.example.com:8080/x", "http://chat.example.com:8080/x")]
    [InlineData("http://h", "http://h/")]
    public void Url_IsFilled(string template, string expected)
    {
        Assert.Null(UrlTemplate.Fault(template));
        Assert.Equal(expected, new UrlTemplate(template).Fill("chat", "messages", "Say")?.AbsoluteUri);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public void Url_NameThatLeavesThePath_IsNone(string name) => Assert.Null(new UrlTemplate("https://h/a/{event}/b").Fill("chat", "messages", name));

    [Theory]
    [InlineData("{hub}")]
    [InlineData("a/b")]
    [InlineData("a?b#c&d")]
    [InlineData("\\..\\")]
    [InlineData("ü ")]
    public void Url_AnyName_StaysInItsPlace(string name)
    {
        var filled = new UrlTemplate("https://h/a/{event}/b?x=1").Fill("chat", "messages", name)!;

        Assert.Equal(["/", "a/", Uri.EscapeDataString(name) + "/", "b"], filled.Segments);
        Assert.Equal(("h", "?x=1", ""), (filled.Host, filled.Query, filled.Fragment));
    }

    [Fact]
    public void Settings_Wrong_AreAllTold()
    {
        var faults = Assert.Throws<StartException>(() => NodeApplication.Build(new Dictionary<string, string?>
        {
            ["Serverless:Log:Kind"] = "memory",
            ["Serverless:Keys:Primary"] = Fixtures.NodeProcess.Key,
            ["Serverless:Upstream:Timeout"] = "00:00:00",
            ["Serverless:Upstream:MaxConcurrent"] = "0",
            ["Serverless:Upstream:Templates:0:UrlTemplate"] = "ftp://h/",
            ["Serverless:Upstream:Templates:0:Auth:Type"] = "ManagedIdentity",
            ["Serverless:Upstream:Templates:1:HubPattern"] = "",
            ["Serverless:Upstream:Templates:1:EventPattern"] = "a",
            ["Serverless:Upstream:Templates:2:UrlTemplate"] = "https://h/{method}",
            ["Serverless:Upstream:Templates:3:UrlTemplate"] = "https://{event}.example.com",
            ["Serverless:Upstream:Templates:4:UrlTemplate"] = "{@Microsoft.KeyVault(SecretUri=https://v/secrets/s/)}",
            ["Serverless:Upstream:Templates:5:UrlTemplate"] = "/relative",
            ["Serverless:Upstream:Templates:6:UrlTemplate"] = "https://user:word@h/",
            ["Serverless:Upstream:Templates:7:UrlTemplate"] = "https://h/a/../b",
            ["Serverless:Upstream:Templates:8:UrlTemplate"] = "https://h/{hub",
        })).Message;

        Assert.All(
            [
                "Serverless:Upstream:Timeout must be between",
                "Serverless:Upstream:MaxConcurrent must be between",
                "Serverless:Upstream:Templates:0:UrlTemplate must be an absolute http or https address",
                "Serverless:Upstream:Templates:0:Auth:Type is 'ManagedIdentity': only None is supported.",
                "Serverless:Upstream:Templates:1:UrlTemplate must be set",
                "Serverless:Upstream:Templates:1:HubPattern is empty and matches nothing",
                "Serverless:Upstream:Templates:2:UrlTemplate has '{method}'",
                "Serverless:Upstream:Templates:3:UrlTemplate has {event} in its host",
                "Serverless:Upstream:Templates:4:UrlTemplate refers to a Key Vault",
                "Serverless:Upstream:Templates:5:UrlTemplate must be an absolute",
                "Serverless:Upstream:Templates:6:UrlTemplate holds a user's name",
                "Serverless:Upstream:Templates:7:UrlTemplate must be an absolute",
                "Serverless:Upstream:Templates:8:UrlTemplate has '{hub'",
            ],
            fault => Assert.Contains(fault, faults, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Events_GoToTheFirstThatMatches()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await Node.StartAsync(
            ("Serverless:Upstream:Templates:0:UrlTemplate", $"{receiver.Address}orders/{{event}}"),
            ("Serverless:Upstream:Templates:0:HubPattern", "Shop, CHAT"),
            ("Serverless:Upstream:Templates:0:CategoryPattern", "messages"),
            ("Serverless:Upstream:Templates:0:EventPattern", "Buy,Sell"),
            ("Serverless:Upstream:Templates:1:UrlTemplate", $"{receiver.Address}rest/{{event}}"),
            ("Serverless:Upstream:Templates:1:EventPattern", "connected,Buy,Say"));
        await using var client = await UpstreamNode.ConnectAsync(node);
        foreach (var name in new[] { "Buy", "Say", "Sell" })
        {
            await client.InvokeAsync(name, Stop);
        }

        foreach (var target in new[] { "/rest/connected", "/orders/Buy", "/rest/Say", "/orders/Sell" })
        {
            Assert.Equal(target, (await receiver.NextAsync()).Target);
        }
    }

    [Fact]
    public async Task Events_NobodyGets_AreDroppedAndInvocationsRefused()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(
            receiver, ("Serverless:Upstream:Templates:0:EventPattern", "Say"), ("Serverless:Handlers:Enabled", "true"));
        await using var client = await UpstreamNode.ConnectAsync(node);
        await client.SendAsync("Other", Stop);
        var refused = await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("Broadcast", "a", Stop));
        await client.InvokeAsync("Say", Stop);

        Assert.Contains("Method 'Broadcast' isn't served: no upstream template matches it.", refused.Message, StringComparison.Ordinal);
        await receiver.NextAsync("Say");
        Assert.True(receiver.IsEmpty);
    }

    [Fact]
    public async Task Invoke_NameThatMakesNoAddress_IsRefused()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync($"{receiver.Address}of/{{event}}");
        await using var client = await UpstreamNode.ConnectAsync(node);

        var refused = await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("..", Stop));

        Assert.Contains("status code 404", refused.Message, StringComparison.Ordinal);
        await receiver.NextAsync("connected");
        Assert.True(receiver.IsEmpty);
    }

    [Fact]
    public async Task Invoke_WithoutAnUpstream_IsServedByTheNode()
    {
        await using var node = await Node.StartAsync(("Serverless:Handlers:Enabled", "true"));
        await using var client = await UpstreamNode.ConnectAsync(node);

        Assert.Equal(3, await client.InvokeAsync<int>("Echo", 3, Stop));
    }
}
