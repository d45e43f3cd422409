using Serverless.FanOut.AzureSignalR;
using Serverless.Hosting;
using Xunit;

namespace Serverless.Tests.Core.FanOut.AzureSignalR;

public sealed class ServiceConnectionStringTests
{
    private const string Secret = "se=cret=";

    [Theory]
    [InlineData("Endpoint=https://x.service.signalr.net;AccessKey=se=cret=;Version=1.0;", "https://x.service.signalr.net", "https://x.service.signalr.net/")]
    [InlineData(" accesskey = se=cret= ;; ENDPOINT = http://h:7/ ", "http://h:7", "http://h/")]
    [InlineData("Endpoint=http://localhost;Port=8888;AccessKey=se=cret=;Version=1.0-preview", "http://localhost:8888", "http://localhost/")]
    [InlineData("Endpoint=http://h:7;Port=9;AccessKey=se=cret=", "http://h:9", "http://h/")]
    [InlineData("Endpoint=https://h;ServerEndpoint=http://proxy:8/base/;AccessKey=se=cret=;ClientEndpoint=http://c;what", "http://proxy:8/base", "https://h/")]
    public void Parse_Good_GivesEndpointAudienceAndKey(string text, string endpoint, string audience)
    {
        var service = ServiceConnectionString.Parse(text);

        Assert.Equal(endpoint, service.ToString());
        Assert.Equal(audience, service.Audience.AbsoluteUri);
        Assert.Equal(Secret, System.Text.Encoding.UTF8.GetString(service.AccessKey));
    }

    [Theory]
    [InlineData(Secret, "no Endpoint")]
    [InlineData("Endpoint=http://h", "no AccessKey")]
    [InlineData($"AccessKey={Secret};Version=1.0", "no Endpoint")]
    [InlineData($"Endpoint=h:7;AccessKey={Secret}", "Endpoint that isn't")]
    [InlineData($"Endpoint=ftp://h;AccessKey={Secret}", "Endpoint that isn't")]
    [InlineData($"Endpoint=http://u:{Secret}@h;AccessKey={Secret}", "more than scheme, host, port and path")]
    [InlineData($"Endpoint=http://h;ServerEndpoint=h;AccessKey={Secret}", "ServerEndpoint that isn't")]
    [InlineData($"Endpoint=http://h;Port=70000;AccessKey={Secret}", "Port")]
    [InlineData($"Endpoint=http://h;AccessKey={Secret};Version=2.0", "Version")]
    [InlineData($"Endpoint=http://h;AccessKey={Secret};AuthType=azure.msi", "Entra")]
    [InlineData($"Endpoint=http://h;AccessKey={Secret};accessKey={Secret}", "AccessKey twice")]
    [InlineData($"Endpoint=http://h;AccessKey=x;{Secret};{Secret}", "a name twice")]
    public void Parse_Wrong_IsToldWithoutTheKey(string text, string fault)
    {
        var failures = Validate(new() { ConnectionString = text, Hubs = { "chat" } });

        var failure = Assert.Single(failures);
        Assert.StartsWith("Serverless:AzureSignalR:ConnectionString has ", failure, StringComparison.Ordinal);
        Assert.Contains(fault, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_Hubs_AreNeededAndNamedAsHubsAre()
    {
        const string good = "Endpoint=http://h;AccessKey=x";

        Assert.Empty(Validate(new()));
        Assert.Empty(Validate(new() { ConnectionString = good, Hubs = { "chat" } }));
        Assert.Contains("Hubs is empty", Assert.Single(Validate(new() { ConnectionString = good })), StringComparison.Ordinal);
        Assert.Contains("Hubs:1 is no hub name", Assert.Single(Validate(new() { ConnectionString = good, Hubs = { "chat", "1" } })), StringComparison.Ordinal);
    }

    private static IEnumerable<string> Validate(AzureSignalROptions options) =>
        new AzureSignalRServiceValidator().Validate(null, options) is { Failed: true } result ? result.Failures : [];
}
