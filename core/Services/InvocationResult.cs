using Serverless.Events;
using Serverless.Services.Auth;

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

    /// <summary>It was refused, and nothing was stored; or it is <see cref="Unanswered"/>.</summary>
    /// <param name="Error">For the caller: what is wrong.</param>
    public sealed record Failed(string Error) : InvocationResult
    {
        /// <summary>For the log, when the access policy doesn't let the caller do it: what it is about. The caller isn't told.</summary>
        internal (AccessKind Kind, string Name)? Denied { get; private init; }

        /// <summary>The log didn't answer meanwhile: the outcome is unknown.</summary>
        /// <param name="target">What was called.</param>
        public static Failed Unanswered(string target) => new($"'{target}' couldn't be stored now, or read; whether it was stored isn't known.");

        /// <summary>The access policy doesn't let the caller do it.</summary>
        /// <param name="call">What it calls.</param>
        /// <param name="kind">What the policy was asked about.</param>
        /// <param name="name">The group's, document's or user's name; empty for the hub.</param>
        public static Failed NotAllowed(Invocation call, AccessKind kind, string name) => new($"'{call.Target}' isn't allowed.") { Denied = (kind, name) };
    }
}
