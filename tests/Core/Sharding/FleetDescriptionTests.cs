using Serverless.Sharding;
using Xunit;

namespace Serverless.Tests.Core.Sharding;

public sealed class FleetDescriptionTests
{
    [Fact]
    public void Parse_Shards_AreRead()
    {
        var fleet = FleetDescription.Parse("""
            [ { "name": "us-east", "region": "us", "endpoint": "https://us.example.com/", "weight": 2, "state": "draining" },
              { "name": "eu", "region": "eu", "endpoint": "http://localhost:8891" } ]
            """);
        Assert.Equal(
            [new("us-east", "us", "https://us.example.com", 2, ShardState.Draining), new("eu", "eu", "http://localhost:8891", 1, ShardState.Active)],
            fleet.Shards);
        Assert.Same(fleet.Shards[1], fleet.Find("eu"));
        Assert.Null(fleet.Find("ap"));
    }

    [Fact]
    public void Parse_EndpointOutsideAscii_CanStandInAHeader() => Assert.Equal(
        "https://xn--mnchen-3ya.example:8443/r%C3%BCck",
        FleetDescription.Parse("""[{ "name": "a", "region": "r", "endpoint": "https://münchen.example:8443/rück/" }]""").Shards[0].Endpoint);

    [Fact]
    public void Parse_ManyFaults_NamesEach()
    {
        var fault = Assert.Throws<FormatException>(() => FleetDescription.Parse("""
            [ { "name": "Us", "region": " ", "endpoint": "ftp://x", "weight": -1 }, { "name": "b", "region": "r", "endpoint": "https://x?y" }, null,
              { "name": "b", "region": "r", "endpoint": "https://x" } ]
            """));
        Assert.All(
            ["'Us' needs a name", "'Us' needs a region", "'Us' needs an endpoint", "'Us' has a weight", "'b' needs an endpoint", "Shard 2 is null", "'b' stands there twice"],
            part => Assert.Contains(part, fault.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""[{ "name": "a", "region": "r", "endpoint": "https://x", "state": "asleep" }]""")]
    [InlineData("""[{ "name": "a", "region": "r", "endpoint": "https://x", "state": 1 }]""")]
    [InlineData("""[{ "name": "a", "region": "r", "endpoint": "https://x", "wieght": 1 }]""")]
    [InlineData("""[{ "name": "a", "region": "r", "endpoint": "https://user:secret@x" }]""")]
    [InlineData("""[{ "name": "a", "region": "r", "endpoint": " https://x" }]""")]
    [InlineData("""[{ "name": "a", "region": "r", "endpoint": "https://x\r\nSet-Cookie: a=b" }]""")]
    public void Parse_Malformed_IsRefused(string json) => Assert.Throws<FormatException>(() => FleetDescription.Parse(json));

    [Theory]
    [InlineData(ShardState.Draining)]
    [InlineData(ShardState.Lost)]
    public void Place_ShardThatTakesNone_MovesItsRoomsAlone(ShardState state)
    {
        var before = Fleet(ShardState.Active);
        var after = Fleet(state);
        var rooms = Enumerable.Range(0, 3000).Select(room => $"room-{room}").ToList();
        var moved = rooms.Where(room => before.Place(room)!.Name != after.Place(room)!.Name).ToList();
        Assert.Equal(rooms.Where(room => before.Place(room)!.Name == "a"), moved);
        Assert.InRange(moved.Count, 900, 1100);
    }

    [Fact]
    public void Place_Region_CountsWhileItTakesClients()
    {
        var fleet = Fleet(ShardState.Active);
        Assert.All(Rooms(), room => Assert.Equal("a", fleet.Place(room, "one")!.Name));
        Assert.All(Rooms(), room => Assert.NotEqual("a", fleet.Place(room, "two")!.Name));
        Assert.All(Rooms(), room => Assert.Equal(fleet.Place(room), fleet.Place(room, "elsewhere")));
        Assert.All(Rooms(), room => Assert.NotEqual("a", Fleet(ShardState.Lost).Place(room, "one")!.Name));
    }

    [Fact]
    public void Place_NoShardTakesClients_IsNull() =>
        Assert.Null(FleetDescription.Parse("""[{ "name": "a", "region": "r", "endpoint": "https://x", "weight": 0 }]""").Place("room"));

    private static IEnumerable<string> Rooms() => Enumerable.Range(0, 50).Select(room => $"room-{room}");

    private static FleetDescription Fleet(ShardState ofA) => FleetDescription.Parse($$"""
        [ { "name": "a", "region": "one", "endpoint": "https://a", "state": "{{ofA.ToString().ToLowerInvariant()}}" },
          { "name": "b", "region": "two", "endpoint": "https://b" }, { "name": "c", "region": "two", "endpoint": "https://c" } ]
        """);
}
