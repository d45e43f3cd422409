using System.Buffers;
using System.Text;
using System.Text.Json;
using MessagePack;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.SelfHost.Protocols;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.FanOut;

/// <summary>Frames as data, both ways: what is written equals their bytes, by the node and by the framework's protocols; and both read from their bytes what was written.</summary>
public sealed class FrameVectorTests
{
    private static Dictionary<string, JsonElement> Vectors { get; } = VectorFile.Read("Core/FanOut/Vectors/frames.json");

    public static TheoryData<string, string> Names { get; } = new MatrixTheoryData<string, string>(Vectors.Keys, ["json", "messagepack"]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_Vector_IsItsFrameByteForByte(string name, string protocol)
    {
        var (vector, kind) = (Vectors[name], HubProtocol.Find(protocol, 1)!.Kind);
        foreach (var format in Formats(vector))
        {
            var frame = vector.GetProperty("kind").GetString() switch
            {
                "invocation" => InvocationFrame.Write(TestEvents.Message(vector.Text("target")!) with { Arguments = Value(vector, format) }, kind),
                "completion" => HubProtocol.Find(protocol, 1)!.Write(Completion(vector, vector.TryGetProperty("json", out _) ? Value(vector, format) : null)),
                "close" => ControlFrame.Close(kind, vector.Text("error"), vector.GetProperty("allowReconnect").GetBoolean() ? Reconnect.Allowed : Reconnect.Forbidden),
                _ => ControlFrame.Ping(kind),
            };

            AssertSame(Frame(vector, protocol), frame);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Write_VectorByTheFramework_IsItsFrameByteForByte(string name, string protocol)
    {
        var vector = Vectors[name];
        var frame = Stock(protocol).GetMessageBytes(Message(vector, protocol));

        if (protocol == "json" && vector.Text("only") == "json")
        {
            // the framework doesn't keep a sender's own way to write JSON
            Assert.True(JsonElement.DeepEquals(Parse(Frame(vector, protocol)), Parse(frame)));
        }
        else
        {
            AssertSame(Frame(vector, protocol), frame);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_Vector_GivesWhatWasWritten(string name, string protocol)
    {
        var (vector, frame) = (Vectors[name], Frame(Vectors[name], protocol));

        Assert.Equal(frame.Length, HubProtocol.Find(protocol, 1)!.Read(frame, frame.Length, out var message));
        AssertMeans(vector, message!, values => Assert.Equal(
            protocol == "json" ? Spaceless(vector.Text("json")!) : vector.Text("messagePack"),
            protocol == "json" ? Spaceless(JoinText(values)) : Convert.ToHexString(JoinBytes(values))));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_VectorByTheFramework_GivesWhatWasWritten(string name, string protocol)
    {
        var vector = Vectors[name];
        var frame = new ReadOnlySequence<byte>(Frame(vector, protocol));

        Assert.True(Stock(protocol).TryParseMessage(ref frame, new Binder(Count(vector)), out var message));
        Assert.True(frame.IsEmpty);
        AssertMeans(vector, message, values =>
        {
            if (protocol == "json")
            {
                Assert.True(JsonElement.DeepEquals(JsonElement.Parse(vector.Text("json")!), JsonSerializer.SerializeToElement(values)));
            }
            else
            {
                Assert.Equal(
                    MessagePackSerializer.ConvertToJson(Convert.FromHexString(vector.Text("messagePack")!)), MessagePackSerializer.SerializeToJson(values));
            }
        });
    }

    /// <param name="vector">What was written.</param>
    /// <param name="message">What was read.</param>
    /// <param name="assertValue">Looks at the arguments, an array, or at the result.</param>
    private static void AssertMeans(JsonElement vector, HubMessage message, Action<object?> assertValue)
    {
        switch (vector.GetProperty("kind").GetString())
        {
            case "invocation":
                var invocation = Assert.IsType<InvocationMessage>(message);
                Assert.Equal((vector.Text("target"), null), (invocation.Target, invocation.InvocationId));
                assertValue(invocation.Arguments);
                break;
            case "completion":
                var completion = Assert.IsType<CompletionMessage>(message);
                Assert.Equal((vector.Text("invocationId"), vector.Text("error")), (completion.InvocationId, completion.Error));
                Assert.Equal(vector.TryGetProperty("json", out _), completion.HasResult);
                if (completion.HasResult)
                {
                    assertValue(completion.Result);
                }

                break;
            case "close":
                var close = Assert.IsType<CloseMessage>(message);
                Assert.Equal((vector.Text("error"), vector.GetProperty("allowReconnect").GetBoolean()), (close.Error, close.AllowReconnect));
                break;
            default:
                Assert.IsType<PingMessage>(message);
                break;
        }
    }

    private static IEnumerable<PayloadFormat> Formats(JsonElement vector) => vector.Text("only") switch
    {
        "json" => [PayloadFormat.Json],
        "messagePack" => [PayloadFormat.MessagePack],
        _ => [PayloadFormat.Json, PayloadFormat.MessagePack],
    };

    private static Payload Value(JsonElement vector, PayloadFormat format) => format == PayloadFormat.Json
        ? new(format, Encoding.UTF8.GetBytes(vector.Text("json")!))
        : new(format, Convert.FromHexString(vector.Text("messagePack")!));

    private static int Count(JsonElement vector) =>
        vector.Text("json") is { } text && JsonElement.Parse(text) is { ValueKind: JsonValueKind.Array } array ? array.GetArrayLength() : 0;

    /// <summary>The message as an application of the framework would have it.</summary>
    private static HubMessage Message(JsonElement vector, string protocol)
    {
        var value = vector.Text("json") is not { } json ? null
            : protocol == "json" ? JsonSerializer.Deserialize<object>(json)
            : Typed(MessagePackSerializer.Deserialize<object>(Convert.FromHexString(vector.Text("messagePack")!)));
        return vector.GetProperty("kind").GetString() switch
        {
            "invocation" => new InvocationMessage(
                vector.Text("target")!, value is object?[] items ? items : [.. ((JsonElement)value!).EnumerateArray().Select(item => (object)item)]),
            "completion" => Completion(vector, value),
            "close" => new CloseMessage(vector.Text("error"), vector.GetProperty("allowReconnect").GetBoolean()),
            _ => PingMessage.Instance,
        };
    }

    /// <summary>Numbers as an application has them: in lists and dictionaries of numbers. Within objects of any type MessagePack's serializer writes them in all bytes of their type.</summary>
    private static object? Typed(object? value, bool isOuter = true) => value switch
    {
        object?[] items when !isOuter && items.Length > 0 && items.All(IsInteger) => items.Select(item => Convert.ToInt64(item, null)).ToArray(),
        object?[] items => items.Select(item => Typed(item, isOuter: false)).ToArray(),
        Dictionary<object, object> items when items.Values.All(IsInteger) => items.ToDictionary(item => (string)item.Key, item => Convert.ToInt64(item.Value, null)),
        Dictionary<object, object> items => items.ToDictionary(item => (string)item.Key, item => Typed(item.Value, isOuter: false)),
        _ => value,
    };

    private static bool IsInteger(object? value) => value is byte or sbyte or short or ushort or int or uint or long;

    private static CompletionMessage Completion(JsonElement vector, object? result) =>
        new(vector.Text("invocationId")!, vector.Text("error"), result, hasResult: vector.TryGetProperty("json", out _));

    private static byte[] Frame(JsonElement vector, string protocol) =>
        protocol == "json" ? Encoding.UTF8.GetBytes(vector.Text("jsonFrame")!) : Convert.FromHexString(vector.Text("messagePackFrame")!);

    private static IHubProtocol Stock(string protocol) => protocol == "json" ? new JsonHubProtocol() : new MessagePackHubProtocol();

    private static JsonElement Parse(ReadOnlyMemory<byte> frame) => JsonElement.Parse(frame.Span[..^1]);

    private static string JoinText(object? values) => values is object?[] items ? $"[{string.Join(',', items.Select(JoinText))}]"
        : values is Payload payload ? Encoding.UTF8.GetString(payload.Bytes.Span) : "null";

    private static byte[] JoinBytes(object? values)
    {
        if (values is not object?[] items)
        {
            return values is Payload payload ? payload.Bytes.ToArray() : [MessagePackCode.Nil];
        }

        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(items.Length);
        foreach (var item in items)
        {
            writer.WriteRaw(JoinBytes(item));
        }

        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The spaces between arguments belong to none of them.</summary>
    private static string Spaceless(string json) => json.Replace(", ", ",", StringComparison.Ordinal);

    private static void AssertSame(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual)
    {
        if (!expected.Span.SequenceEqual(actual.Span))
        {
            Assert.Equal(Encoding.UTF8.GetString(expected.Span), Encoding.UTF8.GetString(actual.Span));
            Assert.Equal(Convert.ToHexString(expected.Span), Convert.ToHexString(actual.Span));
        }
    }

    private sealed class Binder(int count) : IInvocationBinder
    {
        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [.. Enumerable.Repeat(typeof(object), count)];

        public Type GetReturnType(string invocationId) => typeof(object);

        public Type GetStreamItemType(string streamId) => typeof(object);
    }
}
