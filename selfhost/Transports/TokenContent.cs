using Serverless.Events;

namespace Serverless.SelfHost.Transports;

/// <summary>What a connection token says.</summary>
/// <param name="Id">The connection.</param>
/// <param name="ConnectBy">Until when its client may connect for the first time.</param>
/// <param name="Address">The node that negotiated, as other nodes reach it.</param>
internal sealed record TokenContent(ConnectionId Id, DateTimeOffset ConnectBy, string Address);
