using System.Text;
using Serverless.Events;
using Serverless.Services.Messaging;
using Xunit;

namespace Serverless.Tests.Core.Services;

public sealed class PublishRequestTests
{
    [Fact]
    public void Parse_OneMessage_IsForAll()
    {
        var message = Assert.Single(Parse("""{"target":"say","arguments":["hi",1.50,{"a":[null]}]}"""));

        Assert.Equal((Audience.Hub, "say", null), (message.Audience, message.Target, message.Key));
        Assert.Equal("""["hi",1.50,{"a":[null]}]""", Encoding.UTF8.GetString(message.Arguments.Bytes.Span));
    }

    [Fact]
    public void Parse_Several_KeepOrderAudienceAndKey()
    {
        var messages = Parse("""[{"target":"a","group":"g","key":"k"},{"target":"b","user":"u"},{"target":"c","connection":"c1","group":null}]""");

        Assert.Equal([Audience.Group("g"), Audience.User("u"), Audience.Connection(new("c1"))], messages.Select(message => message.Audience));
        Assert.Equal(["a", "b", "c"], messages.Select(message => message.Target));
        Assert.Equal("k", messages[0].Key);
        Assert.Equal("[]", Encoding.UTF8.GetString(messages[0].Arguments.Bytes.Span));
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("{", "JSON")]
    [InlineData("[]", "1 to 1000")]
    [InlineData("7", "isn't an object")]
    [InlineData("""[{"target":"a"},null]""", "Message 1 isn't an object")]
    [InlineData("{}", "target")]
    [InlineData("""{"target":""}""", "target")]
    [InlineData("""{"target":5}""", "'target' isn't a text")]
    [InlineData("""{"target":"\ud800"}""", "Unicode")]
    [InlineData("""{"target":"a","target":"b"}""", "JSON")]
    [InlineData("""{"target":"a","arguments":{}}""", "'arguments' isn't an array")]
    [InlineData("""{"target":"a","key":""}""", "key")]
    [InlineData("""{"target":"a","group":" "}""", "group")]
    [InlineData("""{"target":"a","group":"g","user":"u"}""", "one of")]
    public void Parse_BadInput_SaysWhatIsWrong(string body, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Parse(body)).Message, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<MessageSent> Parse(string body) => PublishRequest.Parse(Encoding.UTF8.GetBytes(body));
}
