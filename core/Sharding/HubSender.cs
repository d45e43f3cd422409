using Serverless.Events;
using Serverless.FanOut.Lanes;
using Serverless.Log;

namespace Serverless.Sharding;

/// <summary>
/// Appends what clients and applications do to the stream of their hub that it belongs to. With one stream that is simply it. With several, what is for the hub, a user or a
/// group goes to shard 0, marked for all, and <see cref="StreamCopier"/> copies it on; what is about one connection goes to that connection's stream. Thread-safe.
/// </summary>
public sealed class HubSender(Pipeline pipeline, VolatileLane lane, HubStreams streams, CopyProgress copies)
{
    /// <summary>Appends one event.</summary>
    /// <inheritdoc cref="AppendAsync(StreamName, IReadOnlyList{Event}, CancellationToken)"/>
    public async ValueTask<StoredEvent> AppendAsync(StreamName at, Event value, CancellationToken cancellationToken) =>
        (await AppendAsync(at, [value], cancellationToken))[0];

    /// <summary>Appends what a client does.</summary>
    /// <param name="at">The stream of the connection that it comes from; all events about one connection are about that one.</param>
    /// <param name="events">Those for the same stream stand in one entry when they follow each other.</param>
    /// <param name="cancellationToken">Stops the wait, not the append.</param>
    /// <returns>Where each stands.</returns>
    /// <exception cref="LogUnavailableException">The outcome is unknown: repeat it with the same keys.</exception>
    /// <exception cref="WrongShardException">A connection would join a group of another shard; what stands before it may be stored.</exception>
    public ValueTask<IReadOnlyList<StoredEvent>> AppendAsync(StreamName at, IReadOnlyList<Event> events, CancellationToken cancellationToken) =>
        streams.HasSeveral(at) ? AppendRunsAsync(events.Select(value => Route(at, value)), cancellationToken) : pipeline.AppendAsync(at, events, cancellationToken);

    /// <summary>Appends what an application does, which knows no streams: what is about one connection is appended where that is.</summary>
    /// <param name="hub">A stream of the hub.</param>
    /// <param name="events">In order.</param>
    /// <param name="cancellationToken">Stops the wait, not the append.</param>
    /// <inheritdoc cref="AppendAsync(StreamName, IReadOnlyList{Event}, CancellationToken)"/>
    public async ValueTask<IReadOnlyList<StoredEvent>> PublishAsync(StreamName hub, IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        if (!streams.HasSeveral(hub))
        {
            return await pipeline.AppendAsync(hub, events, cancellationToken);
        }

        var main = streams.Of(hub)[0];
        var routed = events.Select(value => Route(ConnectionOf(value) is { } connection ? streams.Of(hub, connection) : main, value)).ToList();
        if (routed.Any(each => each.Stream != main && each.Value is CloseRequested or GroupLeft or GroupsLeft))
        {
            // what was acknowledged before is received before it
            await copies.CatchUpAsync(main, cancellationToken);
        }

        return await AppendRunsAsync(routed, cancellationToken);
    }

    /// <summary>Sends a message to a group that isn't stored and may be lost.</summary>
    /// <param name="at">A stream of the hub.</param>
    /// <param name="message">Of messages with the same key the last one counts.</param>
    public void SendVolatile(StreamName at, MessageSent message)
    {
        foreach (var stream in streams.Home(at, message.Audience.Name) is { } home ? [home] : streams.Of(at))
        {
            lane.Publish(stream, message);
        }
    }

    private async ValueTask<IReadOnlyList<StoredEvent>> AppendRunsAsync(IEnumerable<(StreamName Stream, Event Value)> routed, CancellationToken cancellationToken)
    {
        var stored = new List<StoredEvent>();
        var run = new List<Event>();
        var at = default(StreamName);
        foreach (var (stream, value) in routed)
        {
            if (run.Count > 0 && stream != at)
            {
                stored.AddRange(await AppendRunAsync(at, run, cancellationToken));
                run = [];
            }

            at = stream;
            run.Add(value);
        }

        stored.AddRange(await AppendRunAsync(at, run, cancellationToken));
        return stored;
    }

    /// <summary>Who is in which group is acknowledged once it holds in all streams: a later change in one of them mustn't be undone by a copy.</summary>
    private async ValueTask<IReadOnlyList<StoredEvent>> AppendRunAsync(StreamName stream, IReadOnlyList<Event> run, CancellationToken cancellationToken)
    {
        var stored = await pipeline.AppendAsync(stream, run, cancellationToken);
        if (run.Any(value => value is { ForAll: true } and not MessageSent))
        {
            await copies.ReachAsync(stream, stored.MaxBy(each => each.Position.Offset).Position, cancellationToken);
        }

        return stored;
    }

    private (StreamName Stream, Event Value) Route(StreamName at, Event value) => value switch
    {
        MessageSent { Audience: var audience } => Route(at, value, audience),
        CloseRequested { Audience: var audience } => Route(at, value, audience),
        GroupJoined { Member.Kind: GroupMemberKind.Connection, Group: var group } when streams.Home(at, group) is { } home && home != at =>
            throw new WrongShardException(group, home, at),
        GroupJoined { Member.Kind: not GroupMemberKind.Connection, Group: var group } => ToGroup(at, value, group),
        GroupLeft { Member.Kind: not GroupMemberKind.Connection, Group: var group } => ToGroup(at, value, group),
        GroupsLeft { Member.Kind: not GroupMemberKind.Connection } => ToAll(at, value),
        _ => (at, value),
    };

    private (StreamName Stream, Event Value) Route(StreamName at, Event value, Audience audience) => audience.Kind switch
    {
        AudienceKind.Connection => (at, value),
        AudienceKind.Group => ToGroup(at, value, audience.Name),
        _ => ToAll(at, value),
    };

    private (StreamName Stream, Event Value) ToGroup(StreamName at, Event value, string group) =>
        streams.Home(at, group) is { } home ? (home, value) : ToAll(at, value);

    private (StreamName Stream, Event Value) ToAll(StreamName at, Event value) => (streams.Of(at)[0], value with { ForAll = true });

    private static ConnectionId? ConnectionOf(Event value) => value switch
    {
        MessageSent { Audience: { Kind: AudienceKind.Connection, Name: var name } } => new(name),
        CloseRequested { Audience: { Kind: AudienceKind.Connection, Name: var name } } => new(name),
        GroupJoined { Member: { Kind: GroupMemberKind.Connection, Name: var name } } => new(name),
        GroupLeft { Member: { Kind: GroupMemberKind.Connection, Name: var name } } => new(name),
        GroupsLeft { Member: { Kind: GroupMemberKind.Connection, Name: var name } } => new(name),
        StreamItemSent item => item.Connection,
        StreamCompleted end => end.Connection,
        _ => null,
    };
}
