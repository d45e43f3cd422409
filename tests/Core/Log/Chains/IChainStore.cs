using Serverless.Events;
using Serverless.Log;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>A store that can be taken back to what it held before, as a crash, an old disk or a failover does it.</summary>
internal interface IChainStore : IAsyncDisposable
{
    /// <summary>Open logs over the same data.</summary>
    IReadOnlyList<IEventLog> Nodes { get; }

    /// <summary>Whether followers live on when the store loses something: it is lost by a server, not by the process of the log.</summary>
    bool LosesBesideItsNodes { get; }

    /// <summary>Whether it may evict a part of a stream.</summary>
    bool Evicts { get; }

    /// <summary>Keeps all that it holds of a stream now.</summary>
    Task<object?> SaveAsync(StreamName stream);

    /// <summary>Holds what was kept, and nothing that came later.</summary>
    Task LoseAsync(StreamName stream, object? saved);

    /// <summary>A moment passes in which nothing is appended. A store that does something then by itself has nothing to do here.</summary>
    Task QuietAsync(StreamName stream);

    /// <summary>Drops a part of what it holds.</summary>
    Task EvictAsync(StreamName stream, Evicted what);
}

/// <summary>What a server that is short of memory may drop of a stream.</summary>
[Flags]
internal enum Evicted
{
    /// <summary>What stands beside the entries: head, tag, counts.</summary>
    Side = 1,

    /// <summary>The entries.</summary>
    Entries = 2,
}
