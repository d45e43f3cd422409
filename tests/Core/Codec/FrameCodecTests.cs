using System.Buffers;
using System.Text;
using CsCheck;
using MessagePack;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Xunit;

namespace Serverless.Tests.Core.Codec;

public sealed class FrameCodecTests
{
    private const long Last = 4711;

    private static readonly StreamName Chat = new("chat", 3);
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, 250, TimeSpan.Zero);
    private static readonly FrameCodec Codec = new(Options.Create(new CodecOptions()));
    private static readonly FrameCodec Storing = new(Options.Create(new CodecOptions { CompressAbove = 16 * 1024 * 1024 }));
    private static readonly FrameCodec Compressing = new(Options.Create(new CodecOptions { CompressAbove = 0 }));

    private static readonly Gen<FrameCodec> AnyCodec = Gen.OneOf(Gen.Const(Storing), Gen.Const(Compressing));

    private static readonly Event[] Some =
    [
        ConnectionOpened.For(new("c1"), "anna"),
        new GroupJoined { Member = GroupMember.User("anna"), Group = "room" },
        new MessageSent { Audience = Audience.Group("room"), Target = "receive", Arguments = new(PayloadFormat.Json, "[\"hello\"]"u8.ToArray()) },
    ];

    [Fact]
    public void Decode_AnyBatch_GivesWhatWasEncoded() =>
        Gen.Select(AnyEvent.Batch, AnyCodec).Sample((events, codec) =>
            Assert.Equal(AnyEvent.Show(events), AnyEvent.Show(codec.Decode(Chat, Last, codec.Encode(events, Now)))));

    [Fact]
    public void Decode_AnyByteFlipped_IsAClearError() =>
        Gen.Select(AnyEvent.Batch, AnyCodec, Gen.Double[0, 1], Gen.Byte[1, 255]).Sample((events, codec, place, bits) =>
        {
            var frame = codec.Encode(events, Now);
            frame[(int)(place * (frame.Length - 1))] ^= bits;
            AssertRefused(frame);
        });

    [Fact]
    public void Decode_EachByteOfAFrameFlipped_IsAClearError()
    {
        foreach (var codec in new[] { Storing, Compressing })
        {
            var whole = codec.Encode(Some, Now);
            for (var i = 0; i < whole.Length; i++)
            {
                var frame = whole.ToArray();
                frame[i] ^= 0x40;
                AssertRefused(frame);
            }
        }
    }

    [Fact]
    public void Decode_CutAnywhere_IsAClearError() =>
        Gen.Select(AnyEvent.Batch, AnyCodec, Gen.Double[0, 1]).Sample((events, codec, place) =>
        {
            var frame = codec.Encode(events, Now);
            AssertRefused(frame[..(int)(place * (frame.Length - 1))]);
        });

    [Fact]
    public void Decode_AnyBytes_IsAClearError() => Gen.Byte.Array[0, 200].Sample(bytes => AssertRefused(bytes));

    [Fact]
    public void Decode_AnyBodyUnderAGoodChecksum_IsAClearErrorOrEvents() =>
        Gen.Select(Gen.Byte.Array[1, 100], Gen.Byte[0, 1], Gen.Int[-1, 5], Gen.Int[-1, 200]).Sample(
            (body, flags, count, length) =>
            {
                var frame = Frame(body, new(flags, count, 0, length));
                try
                {
                    Assert.Equal(count, Codec.Decode(Chat, Last, frame).Count);
                }
                catch (FrameException e)
                {
                    AssertNamed(e);
                }
            },
            iter: 5000);

    [Fact]
    public void Decode_AnyEventDamagedUnderAGoodChecksum_IsAClearErrorOrEvents() =>
        Gen.Select(AnyEvent.Batch, Gen.Double[0, 1], Gen.Byte[1, 255]).Sample(
            (events, place, bits) =>
            {
                var body = Storing.Encode(events, Now)[FrameHeader.Size..];
                body[(int)(place * (body.Length - 1))] ^= bits;
                try
                {
                    Assert.Equal(events.Length, Codec.Decode(Chat, Last, Frame(body, new(0, events.Length, 0, body.Length))).Count);
                }
                catch (FrameException e)
                {
                    AssertNamed(e);
                }
            },
            iter: 5000);

    [Fact]
    public void Decode_NewerVersion_SaysSo()
    {
        var frame = Codec.Encode(Some, Now);
        frame[1] = FrameHeader.Version + 1;
        var error = AssertRefused(frame);

        Assert.Contains("version 2", error.Message);
        Assert.Contains("update this node", error.Message);
    }

    [Fact]
    public void Decode_UnknownFlag_SaysSo()
    {
        var error = AssertRefused(Frame([0x93, 5, 0xC0, 0xC0], new(2, 1, 0, 4)));

        Assert.Contains("flags 2", error.Message);
    }

    [Fact]
    public void Decode_UnknownKind_KeepsItsOffset()
    {
        var frame = Frame(3, (ref MessagePackWriter writer) =>
        {
            EventWriter.Write(ref writer, Some[0]);
            writer.WriteArrayHeader(4);
            writer.Write(99);
            writer.Write("key");
            writer.WriteMapHeader(1);
            writer.Write("new");
            writer.Write(1.5);
            writer.WriteNil();
            EventWriter.Write(ref writer, Some[2]);
        });

        Assert.Equal(
            AnyEvent.Show([Some[0], new UnknownEvent { Kind = 99, Key = "key" }, Some[2]]),
            AnyEvent.Show(Codec.Decode(Chat, Last, frame)));
    }

    [Fact]
    public void Decode_FieldsOfANewerVersion_ArePassedOver()
    {
        var frame = Frame(2, (ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(6);
            writer.Write((int)EventKind.Opened);
            writer.Write("opened:c1");
            writer.Write("c1");
            writer.Write("anna");
            writer.WriteArrayHeader(2);
            writer.Write(1);
            writer.Write("more");
            writer.Write(true);
            EventWriter.Write(ref writer, Some[1]);
        });

        Assert.Equal(AnyEvent.Show([Some[0], Some[1]]), AnyEvent.Show(Codec.Decode(Chat, Last, frame)));
    }

    [Theory]
    [InlineData("v1-stored.hex")]
    [InlineData("v1-zstd.hex")]
    public void Decode_GoldenFrame_GivesItsEvents(string name) =>
        Assert.Equal(AnyEvent.Show(GoldenEvents()), AnyEvent.Show(Codec.Decode(Chat, Last, Golden(name))));

    [Fact]
    public void Encode_GoldenEvents_GivesTheSameBytes() =>
        Assert.Equal(Convert.ToHexString(Golden("v1-stored.hex")), Convert.ToHexString(Storing.Encode(GoldenEvents(), Now)));

    [Fact]
    public void Document_GoldenFrame_IsReadAndWritten()
    {
        Event[] events =
        [
            new DocumentChanged { User = "anna", Update = new byte[] { 0, 1, 1, 0, 0, 1 }, Key = "k" },
            new DocumentChanged { Update = ReadOnlyMemory<byte>.Empty },
        ];
        var golden = Golden("v1-document.hex");

        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(Storing.Encode(events, Now)));
        Assert.Equal(AnyEvent.Show(events), AnyEvent.Show(Codec.Decode(Chat, Last, golden)));
    }

    [Fact]
    public void Golden_Notifications_AreReadAndWrittenForEver()
    {
        Event[] events =
        [
            new NotificationSent
            {
                Key = "notification:n1",
                Id = "n1",
                Audience = Audience.User("bob"),
                Kind = NotificationKind.Alert,
                Body = new(PayloadFormat.Json, "{\"text\":\"hi\"}"u8.ToArray()),
                SentAt = Now,
                Expires = Now.AddDays(7),
                From = "anna",
            },
            new NotificationSent { Id = "n2", Audience = Audience.Hub, Kind = NotificationKind.Toast, Body = new(PayloadFormat.MessagePack, new byte[] { 5 }), SentAt = Now, Expires = Now },
            new NotificationsRead { User = "bob", Ids = ["n1", "n2"] },
            new NotificationsRead { User = "bob", UpTo = 2 },
        ];

        Assert.Equal(AnyEvent.Show(events), AnyEvent.Show(Codec.Decode(Chat, Last, Golden("v1-notifications.hex"))));
        Assert.Equal(Convert.ToHexString(Golden("v1-notifications.hex")), Convert.ToHexString(Storing.Encode(events, Now)));
    }

    [Fact]
    public void Encode_Header_HoldsCountAndTime()
    {
        Assert.Null(FrameHeader.TryRead(Codec.Encode(Some, Now), out var header));
        Assert.Equal((3, Now.ToUnixTimeMilliseconds()), (header.Count, header.UnixMilliseconds));
    }

    [Fact]
    public void Encode_BelowTheThreshold_StoresAsItIs()
    {
        var codec = new FrameCodec(Options.Create(new CodecOptions { CompressAbove = 10_000 }));
        var small = Chatter(20);
        Assert.Equal(Storing.Encode(small, Now), codec.Encode(small, Now));
        Assert.NotEqual(Storing.Encode(Chatter(500), Now), codec.Encode(Chatter(500), Now));
    }

    [Fact]
    public void Encode_AnyBatch_IsNeverLarger() => AnyEvent.Batch.Sample(events =>
        Assert.True(Compressing.Encode(events, Now).Length <= Storing.Encode(events, Now).Length));

    [Fact]
    public void Encode_ChatLikeJson_IsAQuarterOfItsSize()
    {
        var ratio = (double)Codec.Encode(Chatter(200), Now).Length / Storing.Encode(Chatter(200), Now).Length;

        Assert.True(ratio <= 0.25, $"The ratio is {ratio:F3}.");
    }

    [Fact]
    public void Encode_NoEvent_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => Codec.Encode([], Now));

    [Fact]
    public void Encode_UnknownEvent_Throws() => Assert.Throws<ArgumentException>(() => Codec.Encode([new UnknownEvent { Kind = 99 }], Now));

    /// <summary>One event of each kind, with and without what may be missing. Never change: add files for new versions.</summary>
    private static Event[] GoldenEvents() =>
    [
        ConnectionOpened.For(new("c1"), "anna"),
        new ConnectionOpened { Connection = new("c2") },
        new GroupJoined { Member = GroupMember.Connection(new("c1")), Group = "room" },
        new GroupJoined { Member = GroupMember.User("bob"), Group = "größe", Key = "k" },
        new MessageSent { Audience = Audience.Hub, Target = "t", Arguments = new(PayloadFormat.Json, "[1,\"zwei\",{\"drei\":3}]"u8.ToArray()) },
        new MessageSent
        {
            Audience = Audience.Group("room"),
            Target = "receive",
            Arguments = new(PayloadFormat.MessagePack, new byte[] { 0x91, 0xA2, 0x68, 0x69 }),
            Excluded = [new("c1"), new("c2")],
            Key = "c1:5:0",
        },
        new MessageSent { Audience = Audience.User("bob"), Target = "note", Arguments = new(PayloadFormat.Json, "[]"u8.ToArray()) },
        new MessageSent { Audience = Audience.Connection(new("c1")), Target = "direct", Arguments = new(PayloadFormat.Json, "[null]"u8.ToArray()) },
        new PresenceChanged { Connection = new("c1"), Group = "room", State = new(PayloadFormat.Json, "\"away\""u8.ToArray()) },
        new GroupLeft { Member = GroupMember.User("bob"), Group = "größe" },
        ConnectionClosed.For(new("c1"), "idle"),
        ConnectionClosed.For(new("c2"), null),
    ];

    private static byte[] Golden(string name) =>
        Convert.FromHexString(string.Concat(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "golden", name)).Where(c => !char.IsWhiteSpace(c))));

    /// <summary>What people write to each other: names, times and sentences, no two alike.</summary>
    private static MessageSent[] Chatter(int count)
    {
        var words = ("the a to and is in it you that of for on with this was have not are we can be my so just what do at me like up all out get know " +
            "if when about they how your one there think see going would really want who here time back good some then more yes no ok thanks please " +
            "tomorrow meeting release build deploy coffee lunch server client bug fix review merge test works broken again later maybe today").Split(' ');
        var random = new Random(7);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var text = string.Join(' ', Enumerable.Range(0, random.Next(4, 14)).Select(_ => words[(int)(words.Length * Math.Pow(random.NextDouble(), 2))]));
            var sentAt = Now.AddMilliseconds(i * 731);
            var json = $$"""[{"id":{{100_000 + i}},"user":"user-{{random.Next(40)}}","room":"room-{{random.Next(5)}}","sentAt":"{{sentAt:O}}","text":"{{text}}"}]""";
            return new MessageSent
            {
                Audience = Audience.Group($"room-{random.Next(5)}"),
                Target = "receiveMessage",
                Arguments = new(PayloadFormat.Json, Encoding.UTF8.GetBytes(json)),
            };
        })];
    }

    private static FrameException AssertRefused(byte[] frame)
    {
        var error = Assert.Throws<FrameException>(() => Codec.Decode(Chat, Last, frame));
        AssertNamed(error);
        return error;
    }

    private static void AssertNamed(FrameException error)
    {
        Assert.Contains("chat/3", error.Message);
        Assert.Contains("4711", error.Message);
        Assert.Equal((Chat, Last), (error.Stream, error.Offset));
    }

    private delegate void Write(ref MessagePackWriter writer);

    private static byte[] Frame(int count, Write write)
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(body);
        write(ref writer);
        writer.Flush();
        return Frame(body.WrittenSpan.ToArray(), new(0, count, 0, body.WrittenCount));
    }

    private static byte[] Frame(byte[] body, FrameHeader header)
    {
        var frame = new byte[FrameHeader.Size + body.Length];
        body.CopyTo(frame, FrameHeader.Size);
        header.Write(frame);
        return frame;
    }
}
