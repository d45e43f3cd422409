namespace Serverless.Client;

/// <summary>How a <see cref="HubConnectionPool"/> keeps its connections. The pool reads them when it is created.</summary>
public sealed class HubConnectionPoolOptions
{
    /// <summary>How long a connection stays open after its last lease was returned.</summary>
    /// <value>1 ms to 24 days; default 60 s.</value>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most connections at a time, those that open or close included. When all are there, the longest idle one makes room for another key.</summary>
    /// <value>At least 1; default 1,000.</value>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>How long a connection may take to start, and how long an acquire waits for one that is reconnecting before it is replaced.</summary>
    /// <value>1 ms to 24 days; default 15 s.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a key waits for room when all connections are in use. Those who acquire the same key share the wait.</summary>
    /// <value>1 ms to 24 days; default 15 s.</value>
    public TimeSpan AcquireTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may take to close. Then it no longer counts, and a warning is logged.</summary>
    /// <value>1 ms to 24 days; default 15 s.</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The most acquires that may wait at a time, for a start or for room; more are refused at once.</summary>
    /// <value>At least 1; default 10,000.</value>
    public int MaxWaiting { get; init; } = 10_000;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWaiting, 1);
        Check(IdleTimeout, nameof(IdleTimeout));
        Check(StartTimeout, nameof(StartTimeout));
        Check(AcquireTimeout, nameof(AcquireTimeout));
        Check(StopTimeout, nameof(StopTimeout));
    }

    private static void Check(TimeSpan time, string name)
    {
        if (time < TimeSpan.FromMilliseconds(1) || time > TimeSpan.FromDays(24))
        {
            throw new ArgumentOutOfRangeException(name, time, $"{name} is between 1 ms and 24 days.");
        }
    }
}
