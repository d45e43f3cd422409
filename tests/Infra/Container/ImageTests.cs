using System.Globalization;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Architecture;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Transports;
using Xunit;

namespace Serverless.Tests.Infra.Container;

/// <summary>What <c>dotnet publish selfhost -c Release -t:PublishContainer</c> makes: looked through, and started.</summary>
[Collection(nameof(NodeImage))]
public sealed class ImageTests(NodeImage made)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Publish_CleanSources_MakesTheImage()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{made.Took.TotalSeconds:0} s, {made.Pushed.LayerBytes} bytes, {made.Pushed.Files.Count} files");
        Expect.None(ImageRules.Faults(made.Pushed), "selfhost/Serverless.SelfHost.csproj says what the image is, and what is published.");
    }

    [Fact]
    public void Limit_InReadme_IsTheLimitOfTheTest() =>
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"at most {ImageRules.MaxLayerBytes >> 20} MiB"), File.ReadAllText(Repository.PathOf("infra", "README.md")), StringComparison.Ordinal);

    [Fact]
    public async Task Start_ReadOnlyAndNotRoot_ServesClientsAndEnds()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = new ImageProcess(made.Pushed)
        {
            Settings = new() { ["Serverless__Keys__Primary"] = NodeProcess.Key, ["Serverless__Log__Redis"] = redis.EndPoint },
        };
        await node.StartAsync();
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Equal("Uid:\t1654\t1654\t1654\t1654", node.Users());
        }

        Assert.False(await node.CanWriteAsync());

        // Production: nobody without a token
        await Assert.ThrowsAsync<HttpRequestException>(() => new WireClient(node.Url, "none").NegotiateAsync());
        Assert.Contains("WebSockets", await new WireClient(node.Url, WireClient.Token()).NegotiateAsync());
        await using var client = new HubConnectionBuilder()
            .WithUrl(new Uri(node.Url, "client/?hub=chat"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(WireClient.Token())).Build();
        await client.StartAsync(Stop);
        Assert.Equal(HubConnectionState.Connected, client.State);
        await client.StopAsync(Stop);

        Assert.Equal(0, await node.StopAsync());
    }
}
