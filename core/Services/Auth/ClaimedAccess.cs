namespace Serverless.Services.Auth;

/// <summary>Lets clients do what the claims of their tokens list. One whose groups are limited may not send to users or to the whole hub, which would reach past the limit.</summary>
public sealed class ClaimedAccess : IAccessPolicy
{
    /// <inheritdoc/>
    public ValueTask<bool> AllowsAsync(HubCaller caller, AccessKind kind, string name, CancellationToken cancellationToken) => ValueTask.FromResult(kind switch
    {
        AccessKind.Group => Access.Has(caller.Access.Groups, name),
        AccessKind.Document => Access.Has(caller.Access.Documents, name),
        _ => caller.Access.Groups is null,
    });
}
