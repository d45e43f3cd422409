using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Events;
using Serverless.SelfHost.Hosting;
using Serverless.Sharding;
using Serverless.Tests.SelfHost.Upstream;
using Xunit;

namespace Serverless.Tests.SelfHost.Sharding;

/// <summary>Shards with access keys of their own: who is sent from one to the other gets a token that is good there.</summary>
public sealed class FleetKeysTests
{
    private const string ThereKey = "there-key-there-key-there-key-there-key";
    private const string There = "eu-west";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Negotiate_ForAnotherShard_GivesATokenOfItsKey()
    {
        await using var fleet = await TwoShards.StartAsync();
        await using var client = new HubConnectionBuilder().WithUrl($"{fleet.Here.Address}api?hub=chat&room={fleet.Room}&user=ada").Build();
        await client.StartAsync(Stop);
        Assert.Equal([fleet.Room], fleet.There.Rooms);
    }

    [Fact]
    public async Task Redirect_ToAnotherShard_GivesATokenOfItsKeyThatSaysTheSame()
    {
        await using var fleet = await TwoShards.StartAsync();
        await using var client = UpstreamNode.Client(fleet.Here, claims: "\"nameid\":\"ada\",\"serverless.groups\":\"room-*\"", query: $"&room={fleet.Room}");
        await client.StartAsync(Stop);
        Assert.Equal([fleet.Room], fleet.There.Rooms);

        // its user and its limits came along
        Assert.Equal("ada", Assert.Single((await fleet.There.StoredAsync("chat")).OfType<ConnectionOpened>()).User);
        await client.InvokeAsync("JoinGroup", "room-1", Stop);
        await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("JoinGroup", "lobby", Stop));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("secret")]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a":"secret","a":"secret"}""")]
    public async Task Start_KeysAreNoObjectOfTexts_SaysSoAndShowsNoKey(string text)
    {
        var fault = await Assert.ThrowsAsync<StartException>(() => Node.StartAsync(("Serverless:Fleet:Keys", text)));
        Assert.Contains("""Serverless:Fleet:Keys is one text, but not a JSON object of texts, {"<shard>":"<access key>"}""", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    private sealed record TwoShards(Node Here, Node There, string Room) : IAsyncDisposable
    {
        public static async Task<TwoShards> StartAsync()
        {
            var there = await Node.StartAsync(("Serverless:Keys:Primary", ThereKey), ("Serverless:Handlers:Enabled", "true"));
            var description = JsonSerializer.Serialize(new[]
            {
                new { name = "us-east", region = "us-east", endpoint = "http://here.example.com" },
                new { name = FleetKeysTests.There, region = FleetKeysTests.There, endpoint = there.Address.ToString().TrimEnd('/') },
            });
            var here = await Node.StartAsync(
                ("Serverless:Fleet:Shard", "us-east"),
                ("Serverless:Fleet:Description", description),
                ("Serverless:Fleet:Keys", JsonSerializer.Serialize(new Dictionary<string, string> { [FleetKeysTests.There] = ThereKey })),
                ("Serverless:Negotiate:AllowAnonymous", "true"));
            var fleet = FleetDescription.Parse(description);
            return new(here, there, Enumerable.Range(0, 100).Select(room => $"room-{room}").First(room => fleet.Place(room)!.Name == FleetKeysTests.There));
        }

        public async ValueTask DisposeAsync()
        {
            await Here.DisposeAsync();
            await There.DisposeAsync();
        }
    }
}
