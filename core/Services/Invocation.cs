using Serverless.Events;

namespace Serverless.Services;

/// <summary>A client's call of a hub method, wherever it came in.</summary>
/// <param name="Caller">Who calls.</param>
/// <param name="Target">The method's name.</param>
/// <param name="Arguments">One serialized value each, all of one format.</param>
public sealed record Invocation(HubCaller Caller, string Target, IReadOnlyList<Payload> Arguments);
