namespace Serverless.Events;

/// <summary>A client gave the result that a <see cref="MessageSent"/> with an <see cref="MessageSent.Invocation"/> asked for.</summary>
public sealed record InvocationCompleted : Event
{
    /// <summary>The connection that was asked.</summary>
    public required ConnectionId Connection { get; init; }

    /// <summary>The id that it was asked under.</summary>
    public required string Invocation { get; init; }

    /// <summary>What went wrong at the client, in its words; null when nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>One value, serialized; null when the method gives none, and with an <see cref="Error"/>.</summary>
    public Payload? Result { get; init; }

    /// <summary>Makes the event with the key that lets it be appended once.</summary>
    public static InvocationCompleted For(ConnectionId connection, string invocation, string? error, Payload? result) =>
        new() { Connection = connection, Invocation = invocation, Error = error, Result = result, Key = $"completed:{invocation}" };
}
