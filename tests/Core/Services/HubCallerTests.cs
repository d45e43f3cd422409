using Serverless.Events;
using Serverless.Services;
using Serverless.Services.Auth;
using Xunit;

namespace Serverless.Tests.Core.Services;

public sealed class HubCallerTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("ada", "ada")]
    [InlineData("J%C3%B6rg%20a%25C3%2C%20x", "J\u00f6rg a%C3, x")]
    public void FromTrigger_User_IsDecoded(string? header, string? user)
    {
        var caller = HubCaller.FromTrigger("Chat", "c", header, _ => null);

        Assert.Equal((new StreamName("chat"), new ConnectionId("c"), user), (caller.Stream, caller.Connection, caller.User));
    }

    [Theory]
    [InlineData(null, null, true, true)]
    [InlineData("room-*", null, true, true)]
    [InlineData("room-*", "!", true, false)]
    [InlineData("!", "notes", false, true)]
    [InlineData("a%20b", "other", false, false)]
    public void FromTrigger_Claims_LimitIt(string? groups, string? documents, bool mayGroup, bool mayDocument)
    {
        var claims = new Dictionary<string, string?> { [Access.GroupsClaim] = groups, [Access.DocumentsClaim] = documents };
        var access = HubCaller.FromTrigger("chat", "c", null, claims.GetValueOrDefault).Access;

        Assert.Equal((mayGroup, mayDocument), (Access.Has(access.Groups, "room-1"), Access.Has(access.Documents, "notes")));
    }
}
