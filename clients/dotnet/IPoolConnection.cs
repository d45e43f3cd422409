using Microsoft.AspNetCore.SignalR.Client;

namespace Serverless.Client;

/// <summary>What a pool needs of a connection. Disposing of it closes it.</summary>
internal interface IPoolConnection : IAsyncDisposable
{
    HubConnectionState State { get; }

    /// <summary>Has these called from now on, on any thread.</summary>
    void Watch(Action closed, Action reconnected);

    Task StartAsync(CancellationToken cancellationToken);
}
