using System.Text;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Events;
using Serverless.SelfHost.Protocols;
using Xunit;

namespace Serverless.Tests.SelfHost.Protocols;

public sealed class HubProtocolTests
{
    private const int MaxBytes = 1024;

    private static readonly string[] Names = ["json", "messagepack"];
    private static readonly HubProtocol Json = HubProtocol.Json;
    private static readonly HubProtocol MessagePack = HubProtocol.MessagePack;

    public static TheoryData<string> Protocols => ["json", "messagepack"];

    public static TheoryData<string, int> Counts => [.. from name in Names from count in Enumerable.Range(0, 21) select (name, count)];

    [Theory]
    [MemberData(nameof(Counts))]
    public void Read_AnyNumberOfArguments_TakesThemAsTheyAre(string name, int count)
    {
        var frame = Frame(name, new InvocationMessage("7", "method", [.. Enumerable.Range(0, count).Select(i => (object)new[] { i })]));

        Assert.Equal(frame.Length, Find(name).Read(frame, MaxBytes, out var message));
        var invocation = Assert.IsType<InvocationMessage>(message);
        Assert.Equal(("7", "method", count), (invocation.InvocationId, invocation.Target, invocation.Arguments.Length));
        for (var i = 0; i < count; i++)
        {
            var payload = Assert.IsType<Payload>(invocation.Arguments[i]);
            Assert.Equal(name == "json" ? $"[{i}]" : Convert.ToHexString([0x91, (byte)i]), Text(payload));
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Read_EveryPartOfAFrame_WaitsForTheRest(string name)
    {
        var frame = Frame(name, new InvocationMessage("m", [new string('x', 300), 1]));
        for (var length = 0; length < frame.Length; length++)
        {
            Assert.Equal(0, Find(name).Read(frame[..length], MaxBytes, out var message));
            Assert.Null(message);
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Read_SeveralInOneBuffer_TakesOneAfterTheOther(string name)
    {
        var unread = Join(
            Frame(name, new InvocationMessage("first", [1])),
            Frame(name, PingMessage.Instance),
            Frame(name, new CloseMessage(null)),
            Frame(name, new InvocationMessage("last", [])),
            Frame(name, new InvocationMessage("part", []))[..5]);
        var types = new List<string>();
        while (Find(name).Read(unread, MaxBytes, out var message) is var length and > 0)
        {
            types.Add(message is InvocationMessage invocation ? invocation.Target : message!.GetType().Name);
            unread = unread[length..];
        }

        Assert.Equal(["first", "PingMessage", "CloseMessage", "last"], types);
        Assert.Equal(5, unread.Length);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Read_LargestMessage_IsTakenAndOneByteMoreRefused(string name)
    {
        var frame = Frame(name, new InvocationMessage("m", [new string('x', 500)]));
        var body = frame.Length - (name == "json" ? 1 : 2);

        Assert.Equal(frame.Length, Find(name).Read(frame, body, out _));
        Assert.Throws<InvalidDataException>(() => Find(name).Read(frame, body - 1, out _));
        // before all of it came
        Assert.Throws<InvalidDataException>(() => Find(name).Read(frame[..^2], body - 2, out _));
    }

    [Theory]
    [InlineData("FFFFFFFFFF")]
    [InlineData("8080808080")]
    [InlineData("FFFFFFFF7F")]
    [InlineData("FFFFFFFF07")]
    [InlineData("818080800100")]
    public void Read_LengthThatCannotBe_IsRefused(string hex) =>
        Assert.Throws<InvalidDataException>(() => MessagePack.Read(Convert.FromHexString(hex), MaxBytes, out _));

    [Theory]
    [InlineData("FF")]
    [InlineData("FFFFFFFF")]
    public void Read_LengthThatIsNotWholeYet_Waits(string hex) => Assert.Equal(0, MessagePack.Read(Convert.FromHexString(hex), MaxBytes, out _));

    [Theory]
    [InlineData("{\"type\":77,\"x\":[1]}")]
    [InlineData("{\"type\":0}")]
    public void Read_UnknownKindInJson_IsPassedOver(string text)
    {
        var frame = Encoding.UTF8.GetBytes(text + "\u001e");

        Assert.Equal(frame.Length, Json.Read(frame, MaxBytes, out var message));
        Assert.Null(message);
    }

    [Fact]
    public void Read_UnknownKindInMessagePack_IsPassedOver()
    {
        Assert.Equal(4, MessagePack.Read(new byte[] { 3, 0x92, 77, 0xc0 }, MaxBytes, out var message));
        Assert.Null(message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("5")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"type\":\"x\"}")]
    [InlineData("{\"type\":1.5}")]
    [InlineData("{\"type\":99999999999}")]
    [InlineData("{\"type\":1}")]
    [InlineData("{\"type\":1,\"target\":null,\"arguments\":[]}")]
    [InlineData("{\"type\":1,\"target\":\"\\ud800\",\"arguments\":[]}")]
    [InlineData("{\"type\":1,\"target\":5,\"arguments\":[]}")]
    [InlineData("{\"type\":1,\"target\":\"m\"}")]
    [InlineData("{\"type\":1,\"target\":\"m\",\"arguments\":5}")]
    [InlineData("{\"type\":1,\"target\":\"m\",\"arguments\":[1")]
    [InlineData("{\"type\":3}")]
    public void Read_MalformedJson_IsRefusedOrCannotBeBound(string text)
    {
        try
        {
            Json.Read(Encoding.UTF8.GetBytes(text + "\u001e"), MaxBytes, out var message);
            Assert.IsType<InvocationBindingFailureMessage>(message);
        }
        catch (InvalidDataException)
        {
            // the only exception that closes just this connection, with a message
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("05")]
    [InlineData("C0")]
    [InlineData("90")]
    [InlineData("91A0")]
    [InlineData("9101")]
    [InlineData("9601")]
    [InlineData("960180C0C09090")]
    [InlineData("960180C0A16D0590")]
    [InlineData("DDFFFFFFFF")]
    public void Read_MalformedMessagePack_IsRefusedOrCannotBeBound(string hex)
    {
        var body = Convert.FromHexString(hex);
        try
        {
            MessagePack.Read(Join(new[] { (byte)body.Length }, body), MaxBytes, out var message);
            Assert.IsType<InvocationBindingFailureMessage>(message);
        }
        catch (InvalidDataException)
        {
            // see above
        }
    }

    /// <summary>Whatever bytes come: a message, or the one exception.</summary>
    [Fact]
    public void Read_MutatedFrames_NothingElseIsThrown()
    {
        var random = new Random(3);
        foreach (var name in Names)
        {
            var frame = Frame(name, new InvocationMessage("7", "method", [1, "text", new object[] { 2.5, true }]));
            for (var i = 0; i < 5000; i++)
            {
                var mutated = frame.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
                }

                try
                {
                    Assert.InRange(Find(name).Read(mutated, MaxBytes, out _), 0, mutated.Length);
                }
                catch (InvalidDataException)
                {
                    // refused
                }
            }
        }
    }

    [Fact]
    public void Read_NestedDeep_IsNoThreatToTheStack()
    {
        byte[] body = [0x96, 1, 0x80, 0xc0, 0xa1, (byte)'m', 0x91, .. Enumerable.Repeat((byte)0x91, 900_000), 0xc0, 0x90];
        byte[] frame = [.. Varint(body.Length), .. body];
        try
        {
            Assert.Equal(frame.Length, MessagePack.Read(frame, 1 << 20, out _));
        }
        catch (InvalidDataException)
        {
            // refused is as good
        }

        Assert.Throws<InvalidDataException>(() => Json.Read(
            Encoding.UTF8.GetBytes($"{{\"type\":1,\"target\":\"m\",\"arguments\":{new string('[', 400_000)}{new string(']', 400_000)}}}\u001e"), 1 << 20, out _));
    }

    [Fact]
    public void Read_JsonValues_KeepTheSendersText()
    {
        var frame = Encoding.UTF8.GetBytes("""{"arguments":[1.0,1e2,"\u00e9",{"a" : 1}],"target":"m","type":1}""" + "\u001e");
        Json.Read(frame, MaxBytes, out var message);

        Assert.Equal(["1.0", "1e2", "\"\\u00e9\"", "{\"a\" : 1}"], Assert.IsType<InvocationMessage>(message).Arguments.Select(value => Text((Payload)value!)));
    }

    [Fact]
    public void Read_LineBreaksBetweenTokens_BecomeSpaces()
    {
        var frame = Encoding.UTF8.GetBytes("{\"type\":1,\"target\":\"m\",\"arguments\":[[1,\r\n\t2]]}\u001e");
        Json.Read(frame, MaxBytes, out var message);

        Assert.Equal("[1,   2]", Text((Payload)Assert.IsType<InvocationMessage>(message).Arguments[0]!));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Write_CompletionWithAPayloadOfTheOtherFormat_IsTranscoded(string name)
    {
        var payload = name == "json" ? new Payload(PayloadFormat.MessagePack, new byte[] { 0x91, 5 }) : Payload.FromJson("[5]"u8);
        var frame = Find(name).Write(CompletionMessage.WithResult("7", payload));

        AssertSame(Frame(name, CompletionMessage.WithResult("7", new List<int> { 5 })), frame);
    }

    [Theory]
    [InlineData("json", 1, true)]
    [InlineData("json", 2, true)]
    [InlineData("json", 99, false)]
    [InlineData("messagepack", 1, true)]
    [InlineData("blazorpack", 1, false)]
    [InlineData("JSON", 1, false)]
    [InlineData("", 0, false)]
    public void Find_NameAndVersion_IsThereWhenBothAreKnown(string name, int version, bool expected) =>
        Assert.Equal(expected, HubProtocol.Find(name, version) is not null);

    private static HubProtocol Find(string name) => HubProtocol.Find(name, 1)!;

    private static ReadOnlyMemory<byte> Frame(string name, HubMessage message) =>
        name == "json" ? new JsonHubProtocol().GetMessageBytes(message) : new MessagePackHubProtocol().GetMessageBytes(message);

    private static ReadOnlyMemory<byte> Join(params ReadOnlyMemory<byte>[] parts) => parts.SelectMany(part => part.ToArray()).ToArray();

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value > 0x7f; value >>= 7)
        {
            yield return (byte)(value | 0x80);
        }

        yield return (byte)value;
    }

    private static string Text(Payload payload) =>
        payload.Format == PayloadFormat.Json ? Encoding.UTF8.GetString(payload.Bytes.Span) : Convert.ToHexString(payload.Bytes.Span);

    private static void AssertSame(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual) =>
        Assert.Equal(Convert.ToHexString(expected.Span), Convert.ToHexString(actual.Span));
}
