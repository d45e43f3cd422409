using Microsoft.AspNetCore.SignalR;

namespace Serverless.Bench.SignalRPeer;

/// <summary>Offers the invocations of our node's in-process handlers, so that one load program serves both.</summary>
public sealed class BenchHub : Hub
{
    public Task Broadcast(string target, string payload) => Clients.All.SendAsync(target, payload);

    public Task SendToGroup(string group, string target, string payload) => Clients.Group(group).SendAsync(target, payload);

    public Task JoinGroup(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

    public string Echo(string payload) => payload;
}
