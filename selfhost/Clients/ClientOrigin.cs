namespace Serverless.SelfHost.Clients;

/// <summary>What a client's connect request said, as it stands in headers of requests upstream. An open connection keeps it.</summary>
/// <param name="Claims">Of its user, or null.</param>
/// <param name="Query">Without secrets, or null.</param>
internal sealed record ClientOrigin(string? Claims, string? Query);
