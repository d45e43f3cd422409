using Serverless.Events;

namespace Serverless.Services;

/// <summary>The outcome of a call: <see cref="Done"/>, <see cref="Value"/> or <see cref="Failed"/>.</summary>
public abstract record InvocationResult
{
    private InvocationResult()
    {
    }

    /// <summary>It is done and gives nothing.</summary>
    public sealed record Done : InvocationResult
    {
        /// <summary>The only one.</summary>
        public static Done Instance { get; } = new();
    }

    /// <summary>It is done and gives a value.</summary>
    /// <param name="Payload">One serialized value.</param>
    public sealed record Value(Payload Payload) : InvocationResult;

    /// <summary>It was refused; nothing was stored.</summary>
    /// <param name="Error">For the caller: what is wrong.</param>
    public sealed record Failed(string Error) : InvocationResult
    {
        /// <summary>The access policy doesn't let the caller do it.</summary>
        public static Failed NotAllowed(Invocation call) => new($"'{call.Target}' isn't allowed: your access token doesn't cover it.");
    }
}
