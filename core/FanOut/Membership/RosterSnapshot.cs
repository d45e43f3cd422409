using System.Globalization;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Folds;

namespace Serverless.FanOut.Membership;

/// <summary>
/// A roster as bytes: events that make it again. Connections come first with the groups they are in; then the memberships of users,
/// each with the offset of its joining as its key.
/// </summary>
internal static class RosterSnapshot
{
    private const int EventsPerFrame = 50_000;

    public static ReadOnlyMemory<byte> Encode(Roster roster, FrameCodec codec, DateTimeOffset time) =>
        SnapshotFrames.Encode(Events(roster).Chunk(EventsPerFrame), codec, time);

    /// <param name="stream">Named in errors.</param>
    /// <param name="offset">The last event's in the snapshot; named in errors.</param>
    /// <param name="state">What <see cref="Encode"/> made.</param>
    /// <param name="codec">Decodes it.</param>
    /// <exception cref="FrameException">It is damaged.</exception>
    public static Roster Decode(StreamName stream, long offset, ReadOnlyMemory<byte> state, FrameCodec codec)
    {
        var roster = new Roster();
        foreach (var value in SnapshotFrames.Decode(stream, offset, state, codec))
        {
            Apply(roster, value);
        }

        return roster;
    }

    private static IEnumerable<Event> Events(Roster roster)
    {
        foreach (var connection in roster.Members.All)
        {
            yield return new ConnectionOpened { Connection = connection.Id, User = connection.User };
            foreach (var group in connection.Groups ?? [])
            {
                yield return new GroupJoined { Member = GroupMember.Connection(connection.Id), Group = group };
            }

            foreach (var (room, state) in connection.Shown ?? new Dictionary<string, Payload>())
            {
                yield return new PresenceChanged { Connection = connection.Id, Group = room, State = state };
            }
        }

        foreach (var (user, group, membership) in roster.Members.Users.All)
        {
            yield return new GroupJoined
            {
                Member = GroupMember.User(user),
                Group = group,
                End = membership.End,
                Key = membership.Joined.ToString(CultureInfo.InvariantCulture),
            };
        }
    }

    private static void Apply(Roster roster, Event value)
    {
        if (value is GroupJoined { Member: { Kind: GroupMemberKind.User, Name: var user } } joined
            && long.TryParse(joined.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            roster.Members.Users.Join(user, joined.Group, new(offset, joined.End));
        }
        else
        {
            roster.Apply(value, 0);
        }
    }
}
