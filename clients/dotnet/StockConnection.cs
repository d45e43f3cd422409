using Microsoft.AspNetCore.SignalR.Client;

namespace Serverless.Client;

internal sealed class StockConnection(HubConnection hub) : IPoolConnection
{
    public HubConnection Hub => hub;

    public HubConnectionState State => hub.State;

    public void Watch(Action closed, Action reconnected)
    {
        hub.Closed += _ =>
        {
            closed();
            return Task.CompletedTask;
        };
        hub.Reconnected += _ =>
        {
            reconnected();
            return Task.CompletedTask;
        };
    }

    public Task StartAsync(CancellationToken cancellationToken) => hub.StartAsync(cancellationToken);

    public ValueTask DisposeAsync() => hub.DisposeAsync();
}
