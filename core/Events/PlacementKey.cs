namespace Serverless.Events;

/// <summary>What places a client: the values of <c>room</c> and <c>region</c> in the query of its requests, from negotiate on.</summary>
/// <param name="Room">Its shard key: a room, document or tenant; all clients with the same one, and the same region or none, meet on one shard. Null when it doesn't care.</param>
/// <param name="Region">Where it wants to be, if a shard there takes clients; null for the nearest.</param>
public sealed record PlacementKey(string? Room, string? Region)
{
    /// <summary>The query's name for <see cref="Room"/>.</summary>
    public const string RoomName = "room";

    /// <summary>The query's name for <see cref="Region"/>.</summary>
    public const string RegionName = "region";

    /// <summary>The query's name for <see cref="IsSentOn"/>.</summary>
    public const string SentOnName = "sent-on";

    private const int MaxRegionLength = 63;

    /// <summary>Whether another shard sent it here, which may know more of the fleet: it isn't sent on again.</summary>
    public bool IsSentOn { get; init; }

    /// <summary>A client that says nothing.</summary>
    public static PlacementKey None { get; } = new(null, null);

    /// <summary>Takes what a query has.</summary>
    public static PlacementKey Of(string? room, string? region) => room is null && region is null ? None : new(room, region);

    /// <returns>Null when it can be used; else a sentence that says why not.</returns>
    public string? Check() =>
        Room is not null && (Room.Length is 0 or > EventRules.MaxGroupLength) ? $"'{RoomName}' has 1 to {EventRules.MaxGroupLength} characters."
        : Region is not null && (Region.Length is 0 or > MaxRegionLength) ? $"'{RegionName}' has 1 to {MaxRegionLength} characters."
        : null;

    /// <summary>As more of a query, with <c>&amp;</c> before each; empty for <see cref="None"/>.</summary>
    public string ToQuery() => Part(RoomName, Room) + Part(RegionName, Region);

    private static string Part(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
