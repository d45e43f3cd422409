using Serverless.Events;

namespace Serverless.Presence;

/// <summary>What came of asking a client: <see cref="Given"/>, <see cref="Failed"/>, <see cref="NotThere"/>, <see cref="TooLate"/> or <see cref="AskedBefore"/>.</summary>
public abstract record ClientResult
{
    private ClientResult()
    {
    }

    /// <summary>The client has done it.</summary>
    /// <param name="Value">One serialized value; null when the method gives none.</param>
    public sealed record Given(Payload? Value) : ClientResult;

    /// <summary>The client says that it failed.</summary>
    /// <param name="Error">In the client's words.</param>
    public sealed record Failed(string Error) : ClientResult;

    /// <summary>The connection isn't there, or ended before it answered.</summary>
    public sealed record NotThere : ClientResult;

    /// <summary>No answer came in time.</summary>
    public sealed record TooLate : ClientResult;

    /// <summary>The idempotency key is known: the client isn't asked again, and the answer went to whoever asked first.</summary>
    public sealed record AskedBefore : ClientResult;
}
