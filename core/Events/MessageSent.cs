namespace Serverless.Events;

/// <summary>A message to clients: their <see cref="Target"/> is called with <see cref="Arguments"/>.</summary>
public sealed record MessageSent : Event
{
    /// <summary>Who receives it.</summary>
    public required Audience Audience { get; init; }

    /// <summary>The client method, at least 1 character.</summary>
    public required string Target { get; init; }

    /// <summary>An array of arguments, serialized.</summary>
    public required Payload Arguments { get; init; }

    /// <summary>Connections of the audience that don't receive it.</summary>
    public IReadOnlyList<ConnectionId> Excluded { get; init; } = [];

    /// <summary>The id under which the client's result is waited for; null when none is. <see cref="InvocationCompleted"/> names it.</summary>
    public string? Invocation { get; init; }
}
