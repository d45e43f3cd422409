using System.Text;
using System.Text.Json;
using CsCheck;
using Serverless.Services.Documents.Yjs;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Services.Documents.Yjs;

public sealed class YjsUpdateTests
{
    private static readonly Dictionary<string, JsonElement> Updates = Read("yjs-updates.json");
    private static readonly Dictionary<string, JsonElement> StateVectors = Read("yjs-state-vectors.json");

    public static TheoryData<string> UpdateNames => [.. Updates.Keys];

    public static TheoryData<string> StateVectorNames => [.. StateVectors.Keys];

    [Theory]
    [MemberData(nameof(UpdateNames))]
    public void Read_UpdateOfYjs_GivesWhatYjsReads(string name)
    {
        var vector = Updates[name];
        var (structs, deletes) = YjsUpdate.Read(Hex(vector));

        Assert.Equal((vector.Text("structs"), vector.Text("deletes")), (structs.ToString(), deletes.ToString()));
    }

    [Theory]
    [MemberData(nameof(StateVectorNames))]
    public void ReadStateVector_OfYjs_GivesItsClocks(string name) =>
        Assert.Equal(StateVectors[name].Text("has"), YjsUpdate.ReadStateVector(Hex(StateVectors[name])).ToString());

    /// <summary>Wherever an update ends too early, or goes on too long, it isn't one.</summary>
    [Theory]
    [MemberData(nameof(UpdateNames))]
    public void Read_CutOrLengthened_Throws(string name)
    {
        var whole = Hex(Updates[name]);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<FormatException>(() => YjsUpdate.Read(whole.AsSpan(0, length)));
        }

        Assert.Throws<FormatException>(() => YjsUpdate.Read([.. whole, 0]));
    }

    [Fact]
    public void Read_AnyByteChanged_IsReadOrThrowsFormatException() =>
        Gen.Select(Gen.Int[0, Updates.Count - 1].Select(index => Hex(Updates.Values.ElementAt(index))), Gen.Double[0, 1], Gen.Byte).Sample(
            (update, place, value) =>
            {
                var changed = update.ToArray();
                changed[(int)(place * (changed.Length - 1))] = value;
                ReadOrRefuse(changed);
            },
            iter: 20_000);

    [Fact]
    public void Read_AnyBytes_IsReadOrThrowsFormatException() => Gen.Byte.Array[0, 64].Sample(ReadOrRefuse, iter: 20_000);

    [Theory]
    [InlineData("", "ends too early")]
    [InlineData("FFFFFFFFFFFFFF0F", "hold")]
    [InlineData("FFFFFFFFFFFFFF7F", "2^53")]
    [InlineData("FFFFFFFFFFFFFFFF7F", "8 bytes")]
    [InlineData("01 FFFF03 01 00 84", "hold 65535 things")]
    [InlineData("01 01 01 00 00 00 00", "empty")]
    [InlineData("01 01 01 00 0A 00 00", "empty")]
    [InlineData("01 01 01 00 04 01 01 74 00 00", "empty")]
    [InlineData("01 01 01 00 0B 01 01 74 00 00", "kind 11")]
    [InlineData("01 01 01 00 04 02 01 74 01 61 00", "parent is of kind 2")]
    [InlineData("01 01 01 00 04 01 01 74 02 C328 00", "UTF-8")]
    [InlineData("01 01 01 00 04 01 01 74 7F 61 00", "ends too early")]
    [InlineData("01 01 01 00 05 01 01 74 01 7B 00", "isn't JSON")]
    [InlineData("01 01 01 00 06 01 01 74 01 62 01 7B 00", "isn't JSON")]
    [InlineData("01 01 01 00 02 01 01 74 01 01 78 00", "isn't JSON")]
    [InlineData("01 01 01 00 07 01 01 74 07 00", "shared type")]
    [InlineData("01 01 01 00 08 01 01 74 01 73 00", "type 115")]
    [InlineData("01 01 01 00 08 01 01 74 01 7D 8080808080808080 00", "8 bytes")]
    [InlineData("01 01 01 FFFFFFFFFFFFFF0F 00 01 00", "2^53")]
    [InlineData("02 01 01 00 00 01 01 01 01 00 01 00", "twice")]
    [InlineData("00 01 01 01 00 00", "empty")]
    [InlineData("00 01 01 01 FFFFFFFFFFFFFF0F 01", "2^53")]
    [InlineData("00 00 00", "follow")]
    public void Read_Hostile_SaysWhatIsWrong(string hex, string reason) => Assert.Contains(
        reason, Assert.Throws<FormatException>(() => YjsUpdate.Read(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_NestedDeeply_IsRefusedBeforeTheStackEnds()
    {
        byte[] head = [1, 1, 1, 0, 8, 1, 1, (byte)'t', 1];
        var nested = Enumerable.Repeat<byte[]>([117, 1], 200_000).SelectMany(two => two);

        Assert.Contains("nested", Assert.Throws<FormatException>(() => YjsUpdate.Read([.. head, .. nested, 126, 0])).Message, StringComparison.Ordinal);
        var json = Encoding.UTF8.GetBytes(new string('[', 10_000));
        Assert.Contains("JSON", Assert.Throws<FormatException>(() => YjsUpdate.Read([1, 1, 1, 0, 5, 1, 1, (byte)'t', 0x90, 0x4E, .. json, 0])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1: 0-5", "1: 0-5", true)]
    [InlineData("1: 0-5", "1: 1-4", true)]
    [InlineData("1: 0-5", "1: 4-6", false)]
    [InlineData("1: 0-5 6-9", "1: 4-7", false)]
    [InlineData("1: 0-5 6-9", "1: 0-5 7-9", true)]
    [InlineData("1: 6-9 0-6", "1: 2-8", true)]
    [InlineData("1: 5-9 0-2 1-3", "1: 0-3 5-9", true)]
    [InlineData("1: 0-5", "2: 0-5", false)]
    [InlineData("1: 3-5", "1: 0-1", false)]
    [InlineData("1: 0-5; 2: 0-1", "", true)]
    [InlineData("", "1: 0-1", false)]
    public void Covers_Ranges_AreAllThere(string mine, string wanted, bool covers) => Assert.Equal(covers, Parse(mine).Covers(Parse(wanted)));

    private static ClockRanges Parse(string text)
    {
        var ranges = new ClockRanges();
        foreach (var client in text.Split("; ", StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var range in client.Split(": ")[1].Split(' '))
            {
                var ends = range.Split('-');
                ranges.Add(int.Parse(client.Split(": ")[0]), int.Parse(ends[0]), int.Parse(ends[1]) - int.Parse(ends[0]));
            }
        }

        return ranges;
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            YjsUpdate.Read(bytes);
        }
        catch (FormatException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    private static byte[] Hex(JsonElement vector) => vector.Bytes("none", "hex");

    private static Dictionary<string, JsonElement> Read(string file) => VectorFile.Read(Path.Combine("Core", "Services", "Documents", "Vectors", file));
}
