using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>A call that was let in.</summary>
/// <param name="Context">The request and its answer.</param>
/// <param name="Stream">Where it is appended.</param>
/// <param name="Names">The names in the path.</param>
/// <param name="Key">The idempotency key, or null.</param>
/// <param name="Pipeline">Appends.</param>
internal sealed record RestCall(HttpContext Context, StreamName Stream, IReadOnlyDictionary<string, string> Names, string? Key, Pipeline Pipeline)
{
    public string Group => Names["group"];

    public string User => Names["user"];

    public ConnectionId Connection => new(Names["connection"]);

    /// <returns>Null when key and names are what they must be; else what is wrong.</returns>
    public string? Check() =>
        EventRules.CheckKey(Key)
        ?? (Names.TryGetValue("group", out var group) ? EventRules.CheckGroup(group) : null)
        ?? (Names.TryGetValue("user", out var user) ? EventRules.CheckUser(user) : null)
        ?? (Names.TryGetValue("connection", out var connection) ? EventRules.CheckConnection(connection) : null);

    /// <summary>Appends the event under the call's key; done when it is stored.</summary>
    public async Task AppendAsync(Event value) => await Pipeline.AppendAsync(Stream, value with { Key = Key }, Context.RequestAborted);
}
