using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Events;
using Serverless.FanOut;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.FanOut;

/// <summary>Our ready frames beside those that the framework's protocols write.</summary>
public sealed class FrameTests
{
    private static readonly JsonHubProtocol Json = new JsonHubProtocol();
    private static readonly MessagePackHubProtocol MessagePack = new MessagePackHubProtocol();

    public static TheoryData<string> Targets => ["receive", "é😀漢", "a\"b\\c/d", "<b>&'+`", "tab\tline\nnull\0del\u007f", "\u2028\u00a0\uffff", "x y"];

    public static TheoryData<int> Sizes { get; } = [.. new[] { 0, 1, 31, 32, 126, 127, 128, 129, 255, 256, 16_383, 16_384, 65_535, 65_536, 2_097_151, 2_097_152 }];

    [Theory]
    [MemberData(nameof(Targets))]
    public void WriteInvocation_AnyTarget_IsWhatTheFrameworkWrites(string target)
    {
        var message = Message(target, arguments: """["hello",1,-7.5,true,null,[],["x"]]""");
        var expected = new InvocationMessage(target, ["hello", 1, -7.5, true, null, Array.Empty<object>(), new List<string> { "x" }]);

        AssertSame(Json.GetMessageBytes(expected), InvocationFrame.Write(message, HubProtocolKind.Json));
        AssertSame(MessagePack.GetMessageBytes(expected), InvocationFrame.Write(message, HubProtocolKind.MessagePack));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void WriteInvocation_ResultWanted_HasTheIdAsTheFrameworkWritesIt(string id)
    {
        var message = Message("m", arguments: "[1]") with { Invocation = id };
        var expected = new InvocationMessage(id, "m", [1]);

        AssertSame(Json.GetMessageBytes(expected), InvocationFrame.Write(message, HubProtocolKind.Json));
        AssertSame(MessagePack.GetMessageBytes(expected), InvocationFrame.Write(message, HubProtocolKind.MessagePack));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void WriteStream_AnyId_IsWhatTheFrameworkWrites(string id)
    {
        var item = new StreamItemSent { Connection = new("c"), StreamId = id, Item = Payload.FromJson("\"x\""u8) };
        var end = new StreamCompleted { Connection = new("c"), StreamId = id };
        var failure = end with { Error = id };

        foreach (var (protocol, kind) in (IEnumerable<(IHubProtocol, HubProtocolKind)>)[(Json, HubProtocolKind.Json), (MessagePack, HubProtocolKind.MessagePack)])
        {
            AssertSame(protocol.GetMessageBytes(new StreamItemMessage(id, "x")), StreamFrame.Item(item, kind));
            AssertSame(protocol.GetMessageBytes(CompletionMessage.Empty(id)), StreamFrame.Completion(end, kind));
            AssertSame(protocol.GetMessageBytes(CompletionMessage.WithError(id, id)), StreamFrame.Completion(failure, kind));
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void WriteInvocation_AnySize_IsWhatTheFrameworkWrites(int size)
    {
        var text = new string('x', size);
        var message = Message("m", arguments: $"[\"{text}\"]");
        var expected = new InvocationMessage("m", [text]);

        AssertSame(Json.GetMessageBytes(expected), InvocationFrame.Write(message, HubProtocolKind.Json));
        AssertSame(MessagePack.GetMessageBytes(expected), InvocationFrame.Write(message, HubProtocolKind.MessagePack));
    }

    /// <summary>Body lengths at which the varint before them grows.</summary>
    [Theory]
    [InlineData(127, 1)]
    [InlineData(128, 2)]
    [InlineData(16_383, 2)]
    [InlineData(16_384, 3)]
    [InlineData(2_097_151, 3)]
    [InlineData(2_097_152, 4)]
    public void WriteInvocation_BodyAtAVarintsBoundary_HasTheRightLength(int body, int varint)
    {
        var size = body;
        ReadOnlyMemory<byte> frame;
        do
        {
            frame = InvocationFrame.Write(Message("m", arguments: $"[\"{new string('x', --size)}\"]"), HubProtocolKind.MessagePack);
        }
        while (frame.Length > body + varint);

        Assert.Equal(body + varint, frame.Length);
        AssertSame(MessagePack.GetMessageBytes(new InvocationMessage("m", [new string('x', size)])), frame);
    }

    /// <summary>The arguments' own text is kept, as its sender escaped it; so these frames mean the same without being equal to the framework's.</summary>
    [Theory]
    [InlineData("""["\u00e9\u003c\/", 1.0, 1e2, 12345678901234567890123]""")]
    [InlineData("""[{ "a" : 1 }]""")]
    public void WriteInvocation_JsonWrittenInAnotherWay_IsKept(string arguments)
    {
        var frame = InvocationFrame.Write(Message("m", arguments: arguments), HubProtocolKind.Json);
        var values = JsonSerializer.Deserialize<object[]>(arguments)!;
        var framework = Json.GetMessageBytes(new InvocationMessage("m", values!));

        Assert.Contains(arguments, Encoding.UTF8.GetString(frame.Span), StringComparison.Ordinal);
        Assert.True(JsonElement.DeepEquals(Parse(framework), Parse(frame)));
    }

    [Fact]
    public void Frame_SameProtocolTwice_IsMadeOnce()
    {
        var ready = ReadyMessage.Of(Message("m"))!;

        Assert.True(ready.Frame(HubProtocolKind.Json).Equals(ready.Frame(HubProtocolKind.Json)));
        Assert.True(ready.Frame(HubProtocolKind.MessagePack).Equals(ready.Frame(HubProtocolKind.MessagePack)));
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> frame) => JsonElement.Parse(frame.Span[..^1]);

    private static void AssertSame(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual)
    {
        if (!expected.Span.SequenceEqual(actual.Span))
        {
            Assert.Equal(Encoding.UTF8.GetString(expected.Span), Encoding.UTF8.GetString(actual.Span));
            Assert.Equal(Convert.ToHexString(expected.Span), Convert.ToHexString(actual.Span));
        }
    }
}
