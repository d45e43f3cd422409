using Serverless.Events;

namespace Serverless.Services.Messaging;

/// <summary>A client's call of a hub method, wherever it came in.</summary>
/// <param name="Stream">The caller's hub and shard.</param>
/// <param name="Connection">The caller.</param>
/// <param name="User">The caller's user, or null.</param>
/// <param name="Target">The method's name.</param>
/// <param name="Arguments">One serialized value each, all of one format.</param>
public sealed record Invocation(StreamName Stream, ConnectionId Connection, string? User, string Target, IReadOnlyList<Payload> Arguments);
