namespace Serverless.Services;

/// <summary>A hub method: done when what it appends is stored.</summary>
/// <param name="call">The call.</param>
/// <param name="cancellationToken">Stops the wait; what was begun may be stored.</param>
/// <exception cref="Log.LogUnavailableException">The outcome is unknown.</exception>
public delegate ValueTask<InvocationResult> HubMethod(Invocation call, CancellationToken cancellationToken);

/// <summary>A service of hubs: methods that clients call, and what it does when they come and go. Run by a node in process, and by function triggers. Thread-safe; what it
/// keeps stands in streams.</summary>
public interface IHubService
{
    /// <summary>Its methods by name; names of all services differ, in whatever case.</summary>
    IReadOnlyDictionary<string, HubMethod> Methods { get; }

    /// <summary>A connection has opened; its calls may come already. May be called twice for one.</summary>
    ValueTask ConnectedAsync(HubCaller caller, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A connection has closed. May be called twice for one, and not at all when its node was killed.</summary>
    ValueTask DisconnectedAsync(HubCaller caller, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
