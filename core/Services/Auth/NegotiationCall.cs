using Serverless.Events;

namespace Serverless.Services.Auth;

/// <summary>A caller who asks where to connect.</summary>
public sealed class NegotiationCall
{
    /// <summary>The hub, in any case.</summary>
    public required string? Hub { get; init; }

    /// <summary>The caller's own token, of the header <c>Authorization: Bearer</c>; null or empty without one.</summary>
    public string? Token { get; init; }

    /// <summary>The user id that the caller gives itself; it counts with <see cref="AnonymousCallers.Named"/> only, and beside no token that counts.</summary>
    public string? Name { get; init; }

    /// <summary>What the caller says of where it belongs.</summary>
    public PlacementKey Placed { get; init; } = PlacementKey.None;

    /// <summary>What happens to callers without a token.</summary>
    /// <value>Default: they are refused.</value>
    public AnonymousCallers Anonymous { get; init; }

    /// <summary>How long the token that is given lasts; it ends with the caller's own at the latest.</summary>
    /// <value>More than 0; default 1 hour.</value>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);
}
