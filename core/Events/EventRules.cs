namespace Serverless.Events;

/// <summary>What names in events must be like, and how a fault is told to whoever sent it. Azure SignalR's limits.</summary>
public static class EventRules
{
    /// <summary>The groups of those who have a document open: <c>document/</c> and its id.</summary>
    public const string DocumentGroups = "document/";

    /// <summary>The longest group name, in characters.</summary>
    public const int MaxGroupLength = 1024;

    /// <summary>The longest user id, in characters.</summary>
    public const int MaxUserLength = 1024;

    /// <summary>The longest connection id, in characters.</summary>
    public const int MaxConnectionLength = 512;

    /// <summary>The longest target, in characters.</summary>
    public const int MaxTargetLength = 1024;

    /// <returns>Null when the name is a group's; else a sentence that says why not.</returns>
    public static string? CheckGroup(string? group) =>
        string.IsNullOrWhiteSpace(group) || group.Length > MaxGroupLength ? $"A group's name has 1 to {MaxGroupLength} characters, not only white space." : null;

    /// <returns>Null when the id is a user's; else a sentence that says why not.</returns>
    public static string? CheckUser(string? user) =>
        string.IsNullOrEmpty(user) || user.Length > MaxUserLength ? $"A user id has 1 to {MaxUserLength} characters." : null;

    /// <returns>Null when the id is a connection's; else a sentence that says why not.</returns>
    public static string? CheckConnection(string? connection) =>
        string.IsNullOrEmpty(connection) || connection.Length > MaxConnectionLength ? $"A connection id has 1 to {MaxConnectionLength} characters." : null;

    /// <returns>Null when the name is a client method's; else a sentence that says why not.</returns>
    public static string? CheckTarget(string? target) =>
        string.IsNullOrEmpty(target) || target.Length > MaxTargetLength ? $"A target has 1 to {MaxTargetLength} characters." : null;

    /// <returns>Null when the key may be stored; else a sentence that says why not.</returns>
    public static string? CheckKey(string? key) =>
        key is { Length: 0 or > Event.MaxKeyLength } ? $"An idempotency key has 1 to {Event.MaxKeyLength} characters." : null;
}
