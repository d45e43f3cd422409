namespace Serverless.Services.Auth;

/// <summary>Decides whether a client may do what it asks for. Register one of your own to replace <see cref="ClaimedAccess"/>, before or after the services are added.</summary>
public interface IAccessPolicy
{
    /// <summary>Asked before anything is read or stored.</summary>
    /// <param name="caller">The client.</param>
    /// <param name="kind">What it is about.</param>
    /// <param name="name">The group's, document's or user's name; empty for the hub.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    ValueTask<bool> AllowsAsync(HubCaller caller, AccessKind kind, string name, CancellationToken cancellationToken);
}

/// <summary>What a client may be let do.</summary>
public enum AccessKind
{
    /// <summary>Join a group, leave it, see who is in it, and send to it.</summary>
    Group,

    /// <summary>Read and change a document.</summary>
    Document,

    /// <summary>Send to a user.</summary>
    User,

    /// <summary>Send to all clients of the hub.</summary>
    Hub,
}
