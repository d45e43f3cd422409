using System.Buffers;
using System.Text;
using CsCheck;
using Serverless.Connections;
using Serverless.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Transports.WebSockets;

public sealed class WebSocketReaderTests
{
    private static readonly Gen<byte[]> AnyPayload = Gen.OneOf(Gen.Byte.Array[0, 140], Gen.Byte.Array[120, 300], Gen.Byte.Array[65_530, 65_545]);

    /// <summary>Whole messages and fragmented ones, with pings between the fragments.</summary>
    private static readonly Gen<List<(int Opcode, byte[] Payload, bool IsFinal)>> Conversation =
        Gen.Select(AnyPayload.List[1, 3], Gen.Byte.Array[0, 125]).Select((fragments, ping) =>
        {
            var frames = fragments.Select((payload, i) => (i == 0 ? ClientFrames.Text : 0, payload, i == fragments.Count - 1)).ToList();
            frames.Insert(frames.Count - 1, (ClientFrames.Ping, ping, true));
            frames.Insert(0, (ClientFrames.Pong, ping, true));
            return frames;
        }).List[1, 3].Select(messages => messages.SelectMany(message => message).ToList());

    [Fact]
    public void Read_InAnyPieces_GivesThePayloadsAndThePings() =>
        Gen.Select(Conversation, Gen.Int[1, 5000].List[1, 10]).Sample((frames, cuts) =>
        {
            var bytes = frames.SelectMany(frame => ClientFrames.Make(frame.Opcode, frame.Payload, frame.IsFinal)).ToArray();
            var (payload, pings) = ReadAll(bytes, cuts);
            Assert.Equal(frames.Where(frame => frame.Opcode is 0 or ClientFrames.Text).SelectMany(frame => frame.Payload), payload);
            Assert.Equal(frames.Where(frame => frame.Opcode == ClientFrames.Ping).Select(frame => frame.Payload), pings);
        }, iter: 100);

    [Theory]
    [InlineData(new byte[] { 0x81, 0x02, 0x41, 0x42 }, "A frame isn't masked.")]
    [InlineData(new byte[] { 0xC1, 0x80 }, "A frame has reserved bits set.")]
    [InlineData(new byte[] { 0x83, 0x80 }, "A frame has the unknown opcode 3.")]
    [InlineData(new byte[] { 0x09, 0x80 }, "A control frame is too long or isn't whole.")]
    [InlineData(new byte[] { 0x89, 0xFE }, "A control frame is too long or isn't whole.")]
    [InlineData(new byte[] { 0x80, 0x80 }, "A message begins in another, or goes on where none is.")]
    [InlineData(new byte[] { 0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4 }, "A frame's length has its highest bit set.")]
    [InlineData(new byte[] { 0x88, 0x81, 1, 2, 3, 4, 5 }, "The status of a close is two bytes.")]
    public void Read_ProtocolViolation_SaysWhich(byte[] bytes, string fault)
    {
        var violation = Assert.Throws<InvalidDataException>(() => ReadAll(bytes, [bytes.Length]));

        Assert.Equal(fault, violation.Message);
    }

    [Fact]
    public void Read_MessageInAMessage_IsAViolation()
    {
        var bytes = ClientFrames.Make(ClientFrames.Text, "a"u8.ToArray(), isFinal: false).Concat(ClientFrames.Make(ClientFrames.Text, "b"u8.ToArray())).ToArray();

        Assert.Throws<InvalidDataException>(() => ReadAll(bytes, [bytes.Length]));
    }

    [Fact]
    public void Read_Close_GivesItsPayloadOnceItIsWhole()
    {
        var bytes = ClientFrames.Make(ClientFrames.Close, [0x03, 0xE8, .. "bye"u8]);
        using var buffer = new ReceiveBuffer();
        var reader = new WebSocketReader();

        var part = new ReadOnlySequence<byte>(bytes, 0, bytes.Length - 1);
        Assert.Equal(WebSocketReader.Found.Data, reader.Read(ref part, buffer).Found);
        var whole = new ReadOnlySequence<byte>(bytes);
        var (found, control) = reader.Read(ref whole, buffer);

        Assert.Equal(WebSocketReader.Found.Close, found);
        Assert.Equal("bye", Encoding.UTF8.GetString(control[2..]));
        Assert.True(whole.IsEmpty);
    }

    /// <summary>Feeds bytes in pieces, as a pipe does: what isn't used comes again, with more.</summary>
    private static (byte[] Payload, List<byte[]> Pings) ReadAll(byte[] bytes, List<int> cuts)
    {
        using var buffer = new ReceiveBuffer();
        var reader = new WebSocketReader();
        var pings = new List<byte[]>();
        var (used, known) = (0, 0);
        for (var i = 0; known < bytes.Length; i++)
        {
            known = Math.Min(bytes.Length, known + cuts[i % cuts.Count]);
            var received = new ReadOnlySequence<byte>(bytes, used, known - used);
            for (var (found, control) = reader.Read(ref received, buffer); found == WebSocketReader.Found.Ping; (found, control) = reader.Read(ref received, buffer))
            {
                pings.Add(control);
            }

            used = known - (int)received.Length;
        }

        return (buffer.Unread.ToArray(), pings);
    }
}
