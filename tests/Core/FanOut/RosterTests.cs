using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Events;
using Serverless.FanOut.Membership;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.FanOut;

public sealed class RosterTests
{
    private static readonly Gen<string> Name = Gen.Int[0, 2].Select(i => "abc".Substring(i, 1));
    private static readonly Gen<GroupMember> Member = Gen.Select(Gen.Enum<GroupMemberKind>(), Name, (kind, name) => new GroupMember(kind, name));
    private static readonly Gen<MembershipEnd> End = Gen.Int[0, 3].Select(
        i => new[] { MembershipEnd.Never, MembershipEnd.OpenConnectionsOnly, new(1000), new(2000, IsLatest: true) }[i]);

    private static readonly Gen<Event> Step = Gen.OneOf(
        Gen.Select(Name, Name, (id, user) => (Event)new ConnectionOpened { Connection = new(id), User = user }),
        Gen.Select(Name, id => (Event)new ConnectionOpened { Connection = new(id) }),
        Gen.Select(Name, id => (Event)new ConnectionClosed { Connection = new(id) }),
        Gen.Select(Member, Name, End, (member, group, end) => (Event)new GroupJoined { Member = member, Group = group, End = end }),
        Gen.Select(Member, Name, Gen.Long[1, 20].Nullable(), (member, group, joined) => (Event)new GroupLeft { Member = member, Group = group, Joined = joined }),
        Gen.Select(Member, member => (Event)new GroupsLeft { Member = member }));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Snapshot_AnyRoster_IsTheSameAfterwardsAndGoesOnTheSame() => Gen.Select(Step.Array[0, 40], Step.Array[0, 20]).Sample((before, after) =>
    {
        var roster = new Roster();
        Apply(roster, before, 1);
        var state = RosterSnapshot.Encode(roster, TestEvents.Frames, DateTimeOffset.UnixEpoch);
        var again = RosterSnapshot.Decode(TestEvents.Chat, 1, state, TestEvents.Frames);
        Assert.Equal(Show(roster), Show(again));
        Apply(roster, after, 100);
        Apply(again, after, 100);
        Assert.Equal(Show(roster), Show(again));
    });

    [Fact]
    public void Joined_UserWithAnEnd_EndsOnceAndOnlyThatJoining()
    {
        var roster = new Roster();
        roster.Apply(new ConnectionOpened { Connection = new("c"), User = "u" }, 1);
        roster.Apply(new GroupJoined { Member = GroupMember.User("u"), Group = "g", End = new(1000) }, 2);
        roster.Apply(new GroupJoined { Member = GroupMember.User("u"), Group = "g", End = new(5000) }, 3);
        roster.Apply(new GroupJoined { Member = GroupMember.User("u"), Group = "h", End = new(1000) }, 4);

        Assert.Equal([GroupLeft.Expired("u", "h", 4)], roster.Members.Users.TakeExpired(DateTimeOffset.FromUnixTimeMilliseconds(2000)));
        Assert.Empty(roster.Members.Users.TakeExpired(DateTimeOffset.FromUnixTimeMilliseconds(2000)));
        roster.Apply(GroupLeft.Expired("u", "g", 2), 5);
        roster.Apply(GroupLeft.Expired("u", "h", 4), 6);
        Assert.Equal("c u [g] | u: g@3/5000", Show(roster));
    }

    [Fact]
    public void Joined_UserForOpenConnectionsOnly_IsForgottenWithThem()
    {
        var roster = new Roster();
        roster.Apply(new ConnectionOpened { Connection = new("c"), User = "u" }, 1);
        roster.Apply(new GroupJoined { Member = GroupMember.User("u"), Group = "g", End = MembershipEnd.OpenConnectionsOnly }, 2);
        roster.Apply(new ConnectionOpened { Connection = new("d"), User = "u" }, 3);

        Assert.Equal("c u [g]; d u [] | ", Show(roster));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Joined_OneEndlessTooMany_TheOldestGivesWay(bool hasLatest)
    {
        var end = hasLatest ? MembershipEnd.AtLatest(DateTimeOffset.UnixEpoch.AddDays(365)) : MembershipEnd.Never;
        var roster = new Roster();
        roster.Apply(new ConnectionOpened { Connection = new("c"), User = "u" }, 1);
        // one that was to end is none of them
        roster.Apply(new GroupJoined { Member = GroupMember.User("u"), Group = "timed", End = new(1000) }, 1);
        for (var i = 0; i <= UserGroups.MaxEndless; i++)
        {
            roster.Apply(new GroupJoined { Member = GroupMember.User("u"), Group = $"g{i}", End = end }, 2 + i);
        }

        Assert.Equal(UserGroups.MaxEndless + 1, roster.Members.Users.Of("u").Count);
        Assert.Contains("timed", roster.Members.Users.Of("u"));
        Assert.DoesNotContain("g0", roster.Members.Find(new("c"))!.Groups!);
        Assert.Contains("g1", roster.Members.Users.Of("u"));
    }

    /// <summary>A client that goes from room to room takes no more memory than one that stays.</summary>
    [Theory]
    [InlineData("left")]
    [InlineData("all left")]
    [InlineData("its user left")]
    public void Left_Room_ItsStateIsForgotten(string how)
    {
        var roster = new Roster();
        roster.Apply(new ConnectionOpened { Connection = new("c"), User = "u" }, 1);
        for (var room = 0; room < 3; room++)
        {
            roster.Apply(new GroupJoined { Member = GroupMember.Connection(new("c")), Group = $"{room}" }, 2);
            roster.Apply(new PresenceChanged { Connection = new("c"), Group = $"{room}", State = Payload.FromJson("1"u8) }, 3);
            Assert.Equal([$"{room}"], roster.Members.Find(new("c"))!.Shown!.Keys);
            roster.Apply(
                how switch
                {
                    "left" => new GroupLeft { Member = GroupMember.Connection(new("c")), Group = $"{room}" },
                    "all left" => new GroupsLeft { Member = GroupMember.Connection(new("c")) },
                    _ => new GroupLeft { Member = GroupMember.User("u"), Group = $"{room}" },
                },
                4);
            Assert.Null(roster.Members.Find(new("c"))!.Shown);
        }
    }

    [Fact]
    public async Task Reader_WithSnapshot_BeginsThere()
    {
        var log = TestEvents.NewLog();
        await AppendAsync(log, new ConnectionOpened { Connection = new("c"), User = "u" });
        var at = await AppendAsync(log, new GroupJoined { Member = GroupMember.User("u"), Group = "g" });
        var reader = new RosterReader(log, TestEvents.Frames, NullLogger.Instance);
        var (roster, _) = await reader.ReadAsync(TestEvents.Chat, Stop);
        await log.SaveSnapshotAsync(TestEvents.Chat, new(at, RosterSnapshot.Encode(roster, TestEvents.Frames, DateTimeOffset.UnixEpoch)), Stop);
        await log.TrimAsync(TestEvents.Chat, at.Offset, Stop);
        await AppendAsync(log, new GroupLeft { Member = GroupMember.User("u"), Group = "g" });
        var last = await AppendAsync(log, new GroupJoined { Member = GroupMember.User("u"), Group = "h" });

        var (again, position) = await reader.ReadAsync(TestEvents.Chat, Stop);
        Assert.Equal("c u [h] | u: h@4/", Show(again));
        Assert.Equal(last, position);
    }

    [Fact]
    public async Task Reader_SnapshotOfWhatIsLostOrDamaged_ReadsWhatIsHeld()
    {
        var log = new LossyLog();
        await AppendAsync(log, new ConnectionOpened { Connection = new("c") });
        var reader = new RosterReader(log, TestEvents.Frames, NullLogger.Instance);
        var lost = await AppendAsync(log, new ConnectionOpened { Connection = new("lost") });
        await log.SaveSnapshotAsync(TestEvents.Chat, new(lost, new byte[] { 9 }), Stop);
        log.Lose(TestEvents.Chat, 1);
        Assert.Equal("c  [] | ", Show((await reader.ReadAsync(TestEvents.Chat, Stop)).Roster));
        var at = await AppendAsync(log, new ConnectionOpened { Connection = new("d") });
        await log.SaveSnapshotAsync(TestEvents.Chat, new(at, new byte[] { 9, 0, 0, 0, 1 }), Stop);
        Assert.Equal("c  []; d  [] | ", Show((await reader.ReadAsync(TestEvents.Chat, Stop)).Roster));
    }

    private static void Apply(Roster roster, Event[] events, long first)
    {
        for (var i = 0; i < events.Length; i++)
        {
            roster.Apply(events[i], first + i);
        }
    }

    private static async Task<Position> AppendAsync(IEventLog log, Event value) => Assert.IsType<AppendResult.Appended>(await log.AppendAsync(
        TestEvents.Chat, new(TestEvents.Frames.Encode([value], DateTimeOffset.UnixEpoch), 1, DateTimeOffset.UnixEpoch, []), Stop)).Last;

    private static string Show(Roster roster) =>
        string.Join("; ", roster.Members.All.OrderBy(each => each.Id.Value).Select(each => $"{each.Id} {each.User} [{string.Join(',', (each.Groups ?? []).Order())}]"))
        + " | " + string.Join("; ", roster.Members.Users.All.OrderBy(each => (each.User, each.Group)).Select(
            each => $"{each.User}: {each.Group}@{each.Membership.Joined}/{each.Membership.End.UnixMilliseconds}{(each.Membership.End.IsLatest ? "!" : "")}"));
}
