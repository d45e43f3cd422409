using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using MessagePack;
using Serverless.Events;
using Serverless.FanOut;
using Xunit;

namespace Serverless.Tests.Core.FanOut;

public sealed class TranscoderTests
{
    [Theory]
    [InlineData("null", "C0")]
    [InlineData("true", "C3")]
    [InlineData("false", "C2")]
    [InlineData("0", "00")]
    [InlineData("-1", "FF")]
    [InlineData("127", "7F")]
    [InlineData("9223372036854775807", "CF7FFFFFFFFFFFFFFF")]
    [InlineData("-9223372036854775808", "D38000000000000000")]
    [InlineData("18446744073709551615", "CFFFFFFFFFFFFFFFFF")]
    [InlineData("18446744073709551616", "CB43F0000000000000")]
    [InlineData("1.5", "CB3FF8000000000000")]
    [InlineData("1e2", "CB4059000000000000")]
    [InlineData("\"é\"", "A2C3A9")]
    [InlineData("[]", "90")]
    [InlineData("{}", "80")]
    [InlineData(""" { "a" : [ 1 , { "b" : null } ] } """, "81A161920181A162C0")]
    [InlineData("""{"a":1,"a":2}""", "82A16101A16102")]
    public void WriteMessagePack_Json_IsTheSameValue(string json, string expected) => Assert.Equal(expected, Convert.ToHexString(ToMessagePack(json)));

    [Theory]
    [InlineData("C0", "null")]
    [InlineData("CFFFFFFFFFFFFFFFFF", "18446744073709551615")]
    [InlineData("D38000000000000000", "-9223372036854775808")]
    [InlineData("CC80", "128")]
    [InlineData("CB3FB999999999999A", "0.1")]
    [InlineData("CA3DCCCCCD", "0.1")]
    [InlineData("CB7FF8000000000000", "\"NaN\"")]
    [InlineData("CB7FF0000000000000", "\"Infinity\"")]
    [InlineData("CAFF800000", "\"-Infinity\"")]
    [InlineData("C403010203", "\"AQID\"")]
    [InlineData("C400", "\"\"")]
    [InlineData("A2C3A9", "\"é\"")]
    [InlineData("81A16101", "{\"a\":1}")]
    [InlineData("820101FF02", "{\"1\":1,\"-1\":2}")]
    [InlineData("81CFFFFFFFFFFFFFFFFFC0", "{\"18446744073709551615\":null}")]
    [InlineData("9381A1619080C2", "[{\"a\":[]},{},false]")]
    [InlineData("D6FF00000000", "\"1970-01-01T00:00:00Z\"")]
    [InlineData("D40501", "\"AQ==\"")]
    [InlineData("A11E", "\"\\u001E\"")]
    [InlineData("A20D0A", "\"\\r\\n\"")]
    public void WriteJson_MessagePack_IsTheSameValue(string hex, string expected) => Assert.Equal(expected, ToJson(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("")]
    [InlineData("C1")]
    [InlineData("A5")]
    [InlineData("92C0")]
    [InlineData("81C0C0")]
    [InlineData("8190C0")]
    [InlineData("DFFFFFFFFF")]
    [InlineData("DDFFFFFFFF")]
    [InlineData("C6FFFFFFFF")]
    [InlineData("C70CFF000000007FFFFFFFFFFFFFFF")]
    [InlineData("C70CFFFFFFFFFF8000000000000000")]
    [InlineData("C703FF000000")]
    [InlineData("C905000000FF")]
    public void WriteJson_NotMessagePack_IsAFormatException(string hex) =>
        Assert.Throws<FormatException>(() => ToJson(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("[")]
    [InlineData("[1,]")]
    [InlineData("nul")]
    [InlineData("1 2")]
    [InlineData("NaN")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\udc00\":1}")]
    [InlineData("{\"a\"}")]
    [InlineData("// no")]
    public void WriteMessagePack_NotJson_IsAFormatException(string json) => Assert.Throws<FormatException>(() => ToMessagePack(json));

    [Fact]
    public void WriteJson_EveryCutOfAValue_IsAFormatException()
    {
        var whole = ToMessagePack("""[{"a":[1,-5,1.5,"text",null]},18446744073709551615,"é",{"b":{}}]""");
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<FormatException>(() => ToJson(whole[..length]));
        }
    }

    [Fact]
    public void WriteJson_AnyBytes_IsJsonOrAFormatException() => Gen.Byte.Array[0, 40].Sample(
        bytes =>
        {
            try
            {
                JsonDocument.Parse(ToJson(bytes)).Dispose();
            }
            catch (FormatException)
            {
                // the only way to refuse
            }
        },
        iter: 2_000);

    /// <summary>A reader takes 64 levels by default, of which the message around is one.</summary>
    [Fact]
    public void Write_NestedTooDeep_IsAFormatExceptionInBothDirections()
    {
        var (deep, tooDeep) = (Nested(63), Nested(64));

        Assert.Equal(deep, ToJson(ToMessagePack(deep)));
        Assert.Throws<FormatException>(() => ToMessagePack(tooDeep));
        Assert.Equal(deep, ToJson([.. Enumerable.Repeat((byte)0x91, 62), 0x90]));
        Assert.Throws<FormatException>(() => ToJson([.. Enumerable.Repeat((byte)0x91, 63), 0x90]));
        Assert.Throws<FormatException>(() => ToJson([.. Enumerable.Repeat((byte)0x91, 1_000_000), 0xc0]));
        Assert.Throws<FormatException>(() => ToJson([.. Enumerable.Repeat<byte[]>([0x81, 0xa0], 63).SelectMany(map => map), 0x80]));
        Assert.NotEqual(JsonValueKind.Undefined, JsonElement.Parse($"{{\"arguments\":{deep}}}").ValueKind);
    }

    [Fact]
    public void Write_OwnFormat_IsCopied()
    {
        var output = new ArrayBufferWriter<byte>();
        Transcoder.WriteJson(new(PayloadFormat.Json, "[1.0, \"\\u00e9\"]"u8.ToArray()), output);
        Assert.Equal("[1.0, \"\\u00e9\"]", Encoding.UTF8.GetString(output.WrittenSpan));

        var bytes = new byte[] { 0xd3, 0, 0, 0, 0, 0, 0, 0, 1 };
        Assert.Equal(bytes, ToMessagePack(new Payload(PayloadFormat.MessagePack, bytes)));
    }

    [Fact]
    public void Write_GeneratedValues_RoundTripFromJson() => Value(4).Sample(
        node =>
        {
            var json = node?.ToJsonString() ?? "null";
            var again = ToJson(ToMessagePack(json));
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), JsonElement.Parse(again)), $"{json} became {again}");
        },
        iter: 2_000);

    private static Gen<JsonNode?> Value(int depth)
    {
        var leaves = Gen.OneOf(
            Gen.Const((JsonNode?)null),
            Gen.Bool.Select(value => (JsonNode?)value),
            Gen.Long.Select(value => (JsonNode?)value),
            Gen.ULong.Select(value => (JsonNode?)value),
            Gen.Int[-200, 200].Select(value => (JsonNode?)value),
            Gen.Double.Where(double.IsFinite).Select(value => (JsonNode?)value),
            Gen.String.Where(IsText).Select(value => (JsonNode?)value));
        return depth == 0
            ? leaves
            : Gen.Frequency(
                (3, leaves),
                (1, Value(depth - 1).Array[0, depth == 1 ? 20 : 3].Select(items => (JsonNode?)new JsonArray(items))),
                (1, Gen.Select(Gen.String.Where(IsText), Value(depth - 1)).Array[0, depth == 1 ? 20 : 3].Select(Object)));
    }

    private static JsonNode? Object((string Name, JsonNode? Value)[] properties) =>
        new JsonObject(properties.DistinctBy(property => property.Name).Select(property => KeyValuePair.Create(property.Name, property.Value)));

    /// <summary>Half surrogate pairs are no text.</summary>
    private static bool IsText(string value) => new UTF8Encoding(false).GetString(new UTF8Encoding(false).GetBytes(value)) == value;

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    private static byte[] ToMessagePack(string json) => ToMessagePack(new Payload(PayloadFormat.Json, Encoding.UTF8.GetBytes(json)));

    private static byte[] ToMessagePack(Payload payload)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        Transcoder.WriteMessagePack(payload, ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static string ToJson(byte[] messagePack)
    {
        var output = new ArrayBufferWriter<byte>();
        Transcoder.WriteJson(new(PayloadFormat.MessagePack, messagePack), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
