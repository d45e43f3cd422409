using System.Text.Json;

namespace Serverless.SelfHost.Security;

/// <summary>What a valid token says.</summary>
/// <param name="UserId">From <c>asrs.s.uid</c>, else the name identifier, else <c>sub</c>; null for an anonymous caller.</param>
/// <param name="Expires">After this moment, and the skew that is allowed for, it isn't valid any more.</param>
/// <param name="All">Each claim, by its name in the token.</param>
internal sealed record TokenClaims(string? UserId, DateTimeOffset Expires, IReadOnlyDictionary<string, JsonElement> All);
