namespace Serverless.Events;

/// <summary>One fact in a stream. Immutable; safe to share between threads.</summary>
public abstract record Event
{
    /// <summary>The longest <see cref="Key"/>, in characters.</summary>
    public const int MaxKeyLength = 256;

    /// <summary>Idempotency key, or null. A stream keeps at most one event per key while the key is known (<c>Log:KeyWindow</c>, 5 minutes by default).</summary>
    public string? Key { get; init; }

    /// <summary>Whether it stands in shard 0 of a hub with several streams and is for all of them: then it is copied on to the others.</summary>
    public bool ForAll { get; init; }
}
