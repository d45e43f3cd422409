using System.Text;
using CsCheck;
using Serverless.Bench.Load.Wire;
using Xunit;

namespace Serverless.Tests.Bench;

public sealed class WireReaderTests
{
    /// <summary>Records of any length, in frames that end anywhere, in chunks that end anywhere, come out whole and in order.</summary>
    [Fact]
    public void Read_AnyCuts_YieldsEachRecordOnce()
    {
        var texts = Gen.String[Gen.Char['a', 'z'], 0, 400].List[1, 12];
        Gen.Select(texts, Gen.Int[1, 300], Gen.Int[1, 90]).Sample((records, frameLength, chunkLength) =>
            Read(Frames(Encoding.ASCII.GetBytes(string.Concat(records.Select(r => r + '\u001e'))), frameLength), chunkLength).SequenceEqual(records));
    }

    [Fact]
    public void Read_LongFrame_TakesTheEightByteLength()
    {
        var record = new string('x', 70_000);

        Assert.Equal([record], Read(Frames(Encoding.ASCII.GetBytes(record + '\u001e'), 100_000), 5000));
    }

    [Fact]
    public void Read_MaskedFrame_IsRefused() =>
        Assert.Throws<InvalidDataException>(() => Read([0x81, 0x81, 0, 0, 0, 0, 0x1e], 100));

    [Fact]
    public void Stamp_WrittenThenRead_IsTheSame() =>
        Gen.Select(Gen.Int[0, 65_535], Gen.Long[0, uint.MaxValue], Gen.Long[0, long.MaxValue]).Sample((publisher, sequence, intended) =>
        {
            var stamp = new Stamp(publisher, sequence, intended);
            var record = new byte[Stamp.Length + 20];
            stamp.Write(record.AsSpan(10));
            return Stamp.TryRead(record, out var read) && read == stamp;
        });

    [Fact]
    public void Stamp_RecordWithoutOne_IsNotRead() => Assert.False(Stamp.TryRead("{\"type\":6}"u8, out _));

    private static List<string> Read(byte[] bytes, int chunkLength)
    {
        var frames = default(FrameReader);
        var records = default(RecordReader);
        var texts = new List<string>();
        foreach (var part in bytes.Chunk(chunkLength))
        {
            ReadOnlySpan<byte> chunk = part;
            while (frames.TryRead(ref chunk, out var opcode, out var piece))
            {
                while (opcode < Opcode.Close && records.TryRead(ref piece, out var record))
                {
                    texts.Add(Encoding.ASCII.GetString(record));
                }
            }
        }

        return texts;
    }

    /// <summary>A ping between any two frames, as a server may send it.</summary>
    private static byte[] Frames(byte[] payload, int frameLength)
    {
        var frames = new List<byte>();
        foreach (var part in payload.Chunk(frameLength))
        {
            frames.AddRange([0x89, 2, 1, 2]);
            frames.AddRange(part.Length switch
            {
                <= 125 => [0x81, (byte)part.Length],
                <= ushort.MaxValue => [0x81, 126, (byte)(part.Length >> 8), (byte)part.Length],
                _ => [0x81, 127, 0, 0, 0, 0, 0, (byte)(part.Length >> 16), (byte)(part.Length >> 8), (byte)part.Length],
            });
            frames.AddRange(part);
        }

        return [.. frames];
    }
}
