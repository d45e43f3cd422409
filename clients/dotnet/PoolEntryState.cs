namespace Serverless.Client;

/// <summary>An entry goes through these in order, and may leave some out. From <see cref="Starting"/> to <see cref="Stopping"/> it counts as a connection.</summary>
internal enum PoolEntryState
{
    /// <summary>Waits for room.</summary>
    Waiting,

    Starting,

    Open,

    /// <summary>Is being closed; its key may have another entry.</summary>
    Stopping,

    Ended,
}
