using Serverless.Connections;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Membership;
using Serverless.Tests.Core.Connections;
using Xunit;

namespace Serverless.Tests.Core.FanOut;

public sealed class MemberTableTests
{
    private readonly MemberTable<ClientConnection> _table = new();
    private readonly ClientConnection _ann1;
    private readonly ClientConnection _ann2;
    private readonly ClientConnection _bob;
    private readonly ClientConnection _anonymous;

    public MemberTableTests()
    {
        _ann1 = Add("ann1", "ann");
        _ann2 = Add("ann2", "ann");
        _bob = Add("bob1", "bob");
        _anonymous = Add("anon", null);
    }

    [Fact]
    public void Receivers_EachAudience_AreItsConnections()
    {
        AssertReceivers(Audience.Hub, _ann1, _ann2, _bob, _anonymous);
        AssertReceivers(Audience.User("ann"), _ann1, _ann2);
        AssertReceivers(Audience.User("nobody"));
        AssertReceivers(Audience.Connection(new("bob1")), _bob);
        AssertReceivers(Audience.Connection(new("BOB1")));
        AssertReceivers(Audience.Group("g"));
        AssertReceivers(new((AudienceKind)99, "x"));
    }

    [Fact]
    public void Join_Connection_IsInTheGroupUntilItLeaves()
    {
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(_bob.Id), Group = "g" }, 1);
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(_bob.Id), Group = "g" }, 1);
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(_ann1.Id), Group = "g" }, 1);
        AssertReceivers(Audience.Group("g"), _bob, _ann1);
        AssertReceivers(Audience.Group("G"));
        _table.Apply(new GroupLeft { Member = GroupMember.Connection(_bob.Id), Group = "g" }, 1);
        _table.Apply(new GroupLeft { Member = GroupMember.Connection(_bob.Id), Group = "g" }, 1);
        _table.Apply(new GroupLeft { Member = GroupMember.Connection(_bob.Id), Group = "never" }, 1);

        AssertReceivers(Audience.Group("g"), _ann1);
    }

    [Fact]
    public void Join_ConnectionOfAnotherNode_ChangesNothing()
    {
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(new("elsewhere")), Group = "g" }, 1);
        _table.Apply(new GroupJoined { Member = GroupMember.User("nobody"), Group = "g" }, 1);

        AssertReceivers(Audience.Group("g"));
    }

    [Fact]
    public void Join_User_AllItsConnectionsAreInTheGroup()
    {
        _table.Apply(new GroupJoined { Member = GroupMember.User("ann"), Group = "g" }, 1);
        AssertReceivers(Audience.Group("g"), _ann1, _ann2);
        _table.Apply(new GroupLeft { Member = GroupMember.Connection(_ann1.Id), Group = "g" }, 1);
        AssertReceivers(Audience.Group("g"), _ann2);
        _table.Apply(new GroupLeft { Member = GroupMember.User("ann"), Group = "g" }, 1);

        AssertReceivers(Audience.Group("g"));
    }

    [Fact]
    public void Remove_Connection_IsNowhereAnyMore()
    {
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(_ann1.Id), Group = "g" }, 1);
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(_ann1.Id), Group = "h" }, 1);
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(_bob.Id), Group = "g" }, 1);
        _table.Remove(_ann1);
        _table.Remove(_ann1);

        Assert.False(_table.Contains(_ann1.Id));
        AssertReceivers(Audience.Hub, _ann2, _bob, _anonymous);
        AssertReceivers(Audience.User("ann"), _ann2);
        AssertReceivers(Audience.Connection(_ann1.Id));
        AssertReceivers(Audience.Group("g"), _bob);
        AssertReceivers(Audience.Group("h"));
    }

    [Fact]
    public void Remove_AndAddAgain_HasNoGroups()
    {
        _table.Apply(new GroupJoined { Member = GroupMember.Connection(_bob.Id), Group = "g" }, 1);
        _table.Remove(_bob);
        _table.Add(_bob);

        AssertReceivers(Audience.Group("g"));
        AssertReceivers(Audience.Connection(_bob.Id), _bob);
    }

    [Fact]
    public void Remove_InAnyOrder_KeepsTheOthersWhole()
    {
        var random = new Random(5);
        var all = Enumerable.Range(0, 200).Select(i => Add($"c{i}", $"u{i % 7}")).Concat([_ann1, _ann2, _bob, _anonymous]).ToList();
        while (all.Count > 0)
        {
            var removed = all[random.Next(all.Count)];
            _table.Remove(removed);
            all.Remove(removed);
            AssertReceivers(Audience.Hub, [.. all]);
            Assert.All(all, connection => Assert.Same(connection, _table.All[((IMember)connection).Index]));
        }
    }

    [Fact]
    public void Remove_NeverAdded_ChangesNothing()
    {
        _table.Remove(New("bob1", "bob"));

        AssertReceivers(Audience.Connection(_bob.Id), _bob);
        AssertReceivers(Audience.User("bob"), _bob);
    }

    private ClientConnection Add(string id, string? user)
    {
        var connection = New(id, user);
        _table.Add(connection);
        return connection;
    }

    private static ClientConnection New(string id, string? user) => new(new(id), user, HubProtocolKind.Json, new RecordingIO(), 1024);

    private void AssertReceivers(Audience audience, params ClientConnection[] expected) =>
        Assert.Equal(expected.Select(c => c.Id.Value).Order(), _table.Receivers(audience).Select(c => c.Id.Value).Order());
}
