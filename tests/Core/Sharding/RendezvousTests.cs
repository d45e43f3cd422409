using System.Globalization;
using System.Text.Json;
using Serverless.Sharding;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Sharding;

public sealed class RendezvousTests
{
    private const int Keys = 100_000;
    private const string Vectors = "Core/Sharding/Vectors/rendezvous.json";

    [Fact]
    public void Hash_Vectors_Agree()
    {
        var hashes = VectorFile.Read(Vectors).Values.Where(vector => vector.Text("hash") is not null).ToList();
        Assert.Equal(5, hashes.Count);
        Assert.All(hashes, vector => Assert.Equal(
            ulong.Parse(vector.Text("hash")!, NumberStyles.HexNumber, CultureInfo.InvariantCulture), Rendezvous.Hash(vector.Text("shard")!, vector.Text("key")!)));
    }

    [Fact]
    public void Choose_Vectors_Agree()
    {
        var fleets = VectorFile.Read(Vectors).Values.Where(vector => vector.Text("hash") is null).ToList();
        Assert.Equal(5, fleets.Count);
        foreach (var fleet in fleets)
        {
            var shards = fleet.GetProperty("shards").EnumerateArray().Select(shard => (shard.Text("name")!, shard.GetProperty("weight").GetDouble())).ToList();
            // their order doesn't matter
            Assert.All(fleet.GetProperty("chosen").EnumerateArray(), vector => Assert.Equal(vector.Text("shard"), Rendezvous.Choose(shards, vector.Text("key")!)));
            Assert.All(fleet.GetProperty("chosen").EnumerateArray(), vector => Assert.Equal(vector.Text("shard"), Rendezvous.Choose(shards.AsEnumerable().Reverse(), vector.Text("key")!)));
        }
    }

    [Fact]
    public async Task Choose_Vectors_AgreeInJavaScript()
    {
        using var answer = JsonDocument.Parse(await NodeJs.RunAsync("rendezvous.mjs", Repository.PathOf("tests", Vectors)));
        Assert.Equal(105, answer.RootElement.GetProperty("compared").GetInt32());
        Assert.Empty(answer.RootElement.GetProperty("wrong").EnumerateArray());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Choose_EqualWeights_GivesEachItsShare(int shards)
    {
        var counts = Count(Equal(shards));
        Assert.Equal(shards, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 0.95 * Keys / shards, 1.05 * Keys / shards));
    }

    [Fact]
    public void Choose_UnequalWeights_GivesEachInProportion()
    {
        (string Name, double Weight)[] shards = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 0)];
        var counts = Count(shards);
        Assert.Equal(4, counts.Count);
        Assert.All(counts, share => Assert.InRange(share.Value, 0.95 * Keys * Weight(share.Key) / 10, 1.05 * Keys * Weight(share.Key) / 10));

        double Weight(string name) => shards.Single(shard => shard.Name == name).Weight;
    }

    [Fact]
    public void Choose_OneMore_MovesItsShareToItAlone()
    {
        var before = Equal(10);
        var after = Equal(11);
        var moved = 0;
        foreach (var key in AllKeys())
        {
            var (from, to) = (Rendezvous.Choose(before, key), Rendezvous.Choose(after, key));
            if (from != to)
            {
                Assert.Equal("shard-10", to);
                moved++;
            }
        }

        Assert.InRange(moved, 0.95 * Keys / 11, 1.05 * Keys / 11);
    }

    [Fact]
    public void Choose_OneOfTenWithoutWeight_MovesItsOwnAlone()
    {
        var before = Equal(10);
        var after = before.Select(shard => shard.Name == "shard-3" ? (shard.Name, 0) : shard).ToList();
        var (moved, others) = (0, new Dictionary<string, int>());
        foreach (var key in AllKeys())
        {
            var (from, to) = (Rendezvous.Choose(before, key), Rendezvous.Choose(after, key)!);
            if (from != to)
            {
                Assert.Equal("shard-3", from);
                others[to] = others.GetValueOrDefault(to) + 1;
                moved++;
            }
        }

        Assert.InRange(moved, 0.95 * Keys / 10, 1.05 * Keys / 10);
        // and they are spread over all that stay
        Assert.Equal(9, others.Count);
        Assert.All(others.Values, count => Assert.InRange(count, 0.85 * moved / 9, 1.15 * moved / 9));
    }

    private static List<(string Name, double Weight)> Equal(int shards) => [.. Enumerable.Range(0, shards).Select(shard => ($"shard-{shard}", 1.0))];

    private static IEnumerable<string> AllKeys() => Enumerable.Range(0, Keys).Select(key => $"room-{key}");

    private static Dictionary<string, int> Count(IReadOnlyList<(string Name, double Weight)> shards) =>
        AllKeys().Select(key => Rendezvous.Choose(shards, key)!).CountBy(name => name).ToDictionary();
}
