using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Folds;
using Serverless.FanOut.Membership;
using Serverless.Log;
using Serverless.Sharding;

namespace Serverless.Presence;

/// <summary>
/// Answers who is connected and in which group, on whatever node, as the hub's streams stood when it was asked, or later. The first question about a stream reads it; while
/// questions go on its roster is kept in memory. Thread-safe.
/// </summary>
public sealed class Rosters(IEventLog log, FrameCodec codec, HubStreams streams, TimeProvider time, ILogger<Rosters> logger) : IAsyncDisposable
{
    /// <summary>Longer than any client may take to answer.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(15);

    private readonly KeptFolds<RosterWatch> _folds = new(log, new(log, codec), new(ReadAsync(new(log, codec, logger))), Keep, time, "who is in it");

    /// <summary>Whether a connection is open.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach; so with all questions.</exception>
    public ValueTask<bool> ConnectionExistsAsync(StreamName hub, ConnectionId connection, CancellationToken cancellationToken) =>
        AskAsync(streams.Of(hub, connection), roster => roster.Members.Contains(connection), cancellationToken);

    /// <summary>Whether a user has a connection.</summary>
    public ValueTask<bool> UserExistsAsync(StreamName hub, string user, CancellationToken cancellationToken) =>
        AnyAsync(hub, roster => roster.Members.Receivers(Audience.User(user)).Count > 0, cancellationToken);

    /// <summary>Whether a connection is in a group.</summary>
    public ValueTask<bool> GroupExistsAsync(StreamName hub, string group, CancellationToken cancellationToken) =>
        AnyAsync(hub, roster => roster.Members.Receivers(Audience.Group(group)).Count > 0, cancellationToken);

    /// <summary>Whether a connection is open and in a group.</summary>
    public ValueTask<bool> IsInGroupAsync(StreamName hub, ConnectionId connection, string group, CancellationToken cancellationToken) =>
        AskAsync(streams.Of(hub, connection), roster => roster.Members.Find(connection)?.Groups?.Contains(group) == true, cancellationToken);

    /// <summary>Whether a user is in a group: by a membership that lasts, or with a connection.</summary>
    public ValueTask<bool> IsUserInGroupAsync(StreamName hub, string user, string group, CancellationToken cancellationToken) =>
        AnyAsync(
            hub,
            roster => roster.Members.Users.Contains(user, group, time.GetUtcNow())
                || roster.Members.Receivers(Audience.User(user)).Any(connection => connection.Groups?.Contains(group) == true),
            cancellationToken);

    /// <summary>The groups that a user is in: by a membership that lasts, or with a connection.</summary>
    public async ValueTask<IReadOnlySet<string>> GroupsOfUserAsync(StreamName hub, string user, CancellationToken cancellationToken)
    {
        var found = await AllAsync(
            hub,
            roster => roster.Members.Users.Of(user).Where(group => roster.Members.Users.Contains(user, group, time.GetUtcNow()))
                .Concat(roster.Members.Receivers(Audience.User(user)).SelectMany(connection => connection.Groups ?? []))
                .ToList(),
            cancellationToken);
        return found.ToHashSet();
    }

    /// <summary>The connections of a group, by id.</summary>
    /// <param name="hub">A stream of the hub.</param>
    /// <param name="group">The group.</param>
    /// <param name="after">The id behind which to begin; null for the first.</param>
    /// <param name="count">The most to give.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Each with its user, or null.</returns>
    public ValueTask<List<(ConnectionId Connection, string? User)>> ListGroupAsync(
        StreamName hub, string group, string? after, int count, CancellationToken cancellationToken) =>
        ListAsync(hub, group, after, count, connection => (connection.Id, connection.User), cancellationToken);

    /// <summary>Who is in a room, and what each shows of itself there.</summary>
    /// <param name="hub">A stream of the hub.</param>
    /// <param name="room">The group.</param>
    /// <param name="count">The most to give.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public ValueTask<List<RoomMember>> ListRoomAsync(StreamName hub, string room, int count, CancellationToken cancellationToken) =>
        ListAsync(
            hub,
            room,
            null,
            count,
            connection => new RoomMember(connection.Id, connection.User, connection.Shown?.TryGetValue(room, out var state) == true ? state : null),
            cancellationToken);

    /// <summary>The rooms to which a connection that has gone showed itself; none once it went long ago.</summary>
    public ValueTask<IReadOnlyList<string>> RoomsOfDepartedAsync(StreamName stream, ConnectionId connection, CancellationToken cancellationToken) =>
        AskAsync(stream, roster => roster.Members.Contains(connection) ? [] : roster.Departures.Of(connection), cancellationToken);

    /// <summary>Waits from now on for what a connection answers.</summary>
    /// <returns>Answered already when the connection isn't there.</returns>
    internal ValueTask<PendingResult> ExpectAsync(StreamName stream, ConnectionId connection, string invocation, CancellationToken cancellationToken) =>
        AskAsync(
            stream,
            (roster, results) =>
            {
                var pending = results.Add(invocation, connection);
                if (!roster.Members.Contains(connection))
                {
                    pending.Set(new ClientResult.NotThere());
                }

                return pending;
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _folds.DisposeAsync();

    private static Func<StreamName, CancellationToken, ValueTask<(RosterWatch Watch, Position At)>> ReadAsync(RosterReader reader) => async (stream, stop) =>
    {
        var (roster, at) = await reader.ReadAsync(stream, stop);
        return (new(roster), at);
    };

    /// <summary>The first connections of a group by id, over all streams; those of each stream are shown while its roster holds still.</summary>
    private async ValueTask<List<T>> ListAsync<T>(
        StreamName hub, string group, string? after, int count, Func<RosterMember, T> show, CancellationToken cancellationToken)
    {
        var found = await AllAsync(
            hub,
            roster => roster.Members.Receivers(Audience.Group(group))
                .Where(connection => after is null || string.CompareOrdinal(connection.Id.Value, after) > 0)
                .OrderBy(connection => connection.Id.Value, StringComparer.Ordinal)
                .Take(count)
                .Select(connection => (connection.Id, Shown: show(connection)))
                .ToList(),
            cancellationToken);
        return [.. found.OrderBy(member => member.Id.Value, StringComparer.Ordinal).Take(count).Select(member => member.Shown)];
    }

    private async ValueTask<bool> AnyAsync(StreamName hub, Func<Roster, bool> question, CancellationToken cancellationToken)
    {
        foreach (var stream in streams.Of(hub))
        {
            if (await AskAsync(stream, question, cancellationToken))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<IEnumerable<T>> AllAsync<T>(StreamName hub, Func<Roster, List<T>> question, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        foreach (var stream in streams.Of(hub))
        {
            all.AddRange(await AskAsync(stream, question, cancellationToken));
        }

        return all;
    }

    private ValueTask<T> AskAsync<T>(StreamName stream, Func<Roster, T> question, CancellationToken cancellationToken) =>
        AskAsync(stream, (roster, _) => question(roster), cancellationToken);

    private ValueTask<T> AskAsync<T>(StreamName stream, Func<Roster, PendingResults, T> question, CancellationToken cancellationToken) =>
        _folds.AskAsync(stream, watch => question(watch.Roster, watch.Results), cancellationToken);
}
