using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>What a body holds, or the fault that keeps it from being a message.</summary>
/// <param name="Target">Null when there is a fault.</param>
/// <param name="Arguments">An array.</param>
/// <param name="Fault">For the caller.</param>
internal readonly record struct ParsedBody(string? Target, Payload Arguments, string Fault)
{
    public static ParsedBody Wrong(string fault) => new(null, default, fault);
}
