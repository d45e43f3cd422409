using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Serverless.Events;
using Serverless.Presence;
using Serverless.Sharding;

namespace Serverless.SelfHost.Rest;

/// <summary>A call that was let in.</summary>
/// <param name="Context">The request and its answer.</param>
/// <param name="Stream">Shard 0 of its hub.</param>
/// <param name="Names">The names in the path.</param>
/// <param name="IsDated">Whether it names a version; answers of those differ a little.</param>
/// <param name="Key">The idempotency key, or null.</param>
/// <param name="Sender">Appends.</param>
/// <param name="Rosters">Tells who is there.</param>
internal sealed record RestCall(
    HttpContext Context, StreamName Stream, IReadOnlyDictionary<string, string> Names, bool IsDated, string? Key, HubSender Sender, Rosters Rosters)
{
    /// <summary>More would make an event too large.</summary>
    private const int MaxExcluded = 1000;

    public string Group => Names["group"];

    public string User => Names["user"];

    public ConnectionId Connection => new(Names["connection"]);

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>The one value of a parameter in the query, or null.</summary>
    public string? Query(string name) => Context.Request.Query[name] is [{ } value] ? value : null;

    /// <summary>Reads a whole number in the query.</summary>
    /// <returns>Whether it is one within the range; what isn't there is.</returns>
    public bool TryReadNumber(string name, int otherwise, int min, int max, out int number)
    {
        number = otherwise;
        return !Context.Request.Query.ContainsKey(name)
            || (int.TryParse(Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min && number <= max);
    }

    /// <returns>Null when names are what they must be; else what is wrong.</returns>
    public string? Check() =>
        (Names.TryGetValue("group", out var group) ? EventRules.CheckGroup(group) : null)
        ?? (Names.TryGetValue("user", out var user) ? EventRules.CheckUser(user) : null)
        ?? (Names.TryGetValue("connection", out var connection) ? EventRules.CheckConnection(connection) : null);

    /// <summary>The connections that <c>excluded</c> names in the query.</summary>
    public bool TryReadExcluded(out ConnectionId[] excluded, [NotNullWhen(false)] out IResult? refused)
    {
        excluded = [.. Context.Request.Query["excluded"].OfType<string>().Where(id => id.Length > 0).Select(id => new ConnectionId(id))];
        refused = excluded.Length > MaxExcluded ? ErrorResult.Invalid($"At most {MaxExcluded} connections can be excluded.")
            : excluded.Select(id => EventRules.CheckConnection(id.Value)).FirstOrDefault(fault => fault is not null) is { } wrong ? ErrorResult.Invalid($"excluded: {wrong}")
            : null;
        return refused is null;
    }

    /// <summary>Appends the event under the call's key; done when it is stored.</summary>
    public async Task AppendAsync(Event value) => await Sender.PublishAsync(Stream, [value with { Key = Key }], Aborted);

    /// <summary>Appends events in one batch, under keys made from the call's.</summary>
    public async Task AppendAsync(IReadOnlyList<Event> events) =>
        await Sender.PublishAsync(Stream, [.. events.Select((value, i) => Key is null ? value : value with { Key = $"{Key}:{i}" })], Aborted);

    /// <summary>An empty answer with the status that the version has for it.</summary>
    public IResult Status(int first, int dated) => Results.StatusCode(IsDated ? dated : first);
}
