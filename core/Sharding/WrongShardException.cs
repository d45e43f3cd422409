using Serverless.Events;

namespace Serverless.Sharding;

/// <summary>A connection can't join a group that lives in another shard of its hub. The message is for the caller.</summary>
public sealed class WrongShardException(string group, StreamName home, StreamName connection) : Exception(
    $"wrong-shard: the group '{group}' lives in shard {home.Shard} of hub '{home.Hub}', this connection is in shard {connection.Shard}. Negotiate with 'room={group}', so that the connection is placed where its group is.");
