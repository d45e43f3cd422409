using CsCheck;
using Serverless.FanOut.Membership;
using Xunit;

namespace Serverless.Tests.Core.FanOut;

public sealed class MemberFilterTests
{
    private static readonly RosterMember Ada = new(new("c1"), "listener-ada") { Groups = ["red", "it's"] };
    private static readonly RosterMember Nobody = new(new("c2"), null);

    [Theory]
    [InlineData("", true, true)]
    [InlineData("startswith(userId, 'listener-')", true, false)]
    [InlineData("endswith(userId,'ada') and connectionId eq 'c1'", true, false)]
    [InlineData("contains(toupper(userId), 'ADA')", true, false)]
    [InlineData("not startswith(userId, 'listener-')", false, true)]
    [InlineData("userId eq null", false, true)]
    [InlineData("userId ne null", true, false)]
    [InlineData("userId eq 'x' or connectionId ne 'c1' or connectionId eq 'c1'", true, true)]
    [InlineData("(userId eq 'x' or connectionId eq 'c1') and not ('blue' in groups)", true, false)]
    [InlineData("'red' in groups", true, false)]
    [InlineData("'it''s' in groups", true, false)]
    [InlineData("connectionId in ('c2', 'c3')", false, true)]
    [InlineData("userId in (null)", false, true)]
    [InlineData("length(userId) gt 3", true, false)]
    [InlineData("length(connectionId) le 2", true, true)]
    [InlineData("length(connectionId) eq -2", false, false)]
    [InlineData("connectionId lt 'c2'", true, false)]
    [InlineData("userId gt 'a'", true, false)]
    [InlineData("userId eq 12", false, false)]
    public void Filter_FindsItsConnections(string filter, bool ada, bool nobody)
    {
        var condition = MemberFilter.Parse(filter);

        Assert.Equal((ada, nobody), (condition(Ada), condition(Nobody)));
    }

    [Theory]
    [InlineData("userId", "ends too soon")]
    [InlineData("userId eq", "ends too soon")]
    [InlineData("userId eq 'x", "no end")]
    [InlineData("userId is 'x'", "no comparison")]
    [InlineData("user eq 'x'", "no value")]
    [InlineData("(userId eq 'x'", "')' was expected")]
    [InlineData("userId eq 'x' userId", "wasn't expected")]
    [InlineData("startswith(userId)", "',' was expected")]
    [InlineData("userId eq $x", "wasn't expected")]
    [InlineData("userId in 'x'", "'(' was expected")]
    public void Filter_ThatIsNone_SaysWhatIsWrong(string filter, string fault) =>
        Assert.Contains(fault, ConnectionFilter.Check(filter), StringComparison.Ordinal);

    [Fact]
    public void Filter_NestedWithoutEnd_IsRefused() =>
        Assert.Contains("nested", ConnectionFilter.Check(string.Concat(Enumerable.Repeat("not ", 500))), StringComparison.Ordinal);

    [Fact]
    public void Filter_AnyText_IsOneOrSaysWhatIsWrong() =>
        Gen.Int[0, 21].Select(i => "userId connectionId groups eq ne in and or not ( ) , 'x' 12 null length startswith ' - % contains tolower".Split(' ')[Math.Min(i, 20)] + " ")
            .Array[0, 15].Select(string.Concat).Sample(text => ConnectionFilter.Check(text) is null or { Length: > 0 });
}
