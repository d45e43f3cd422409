using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;

namespace Serverless.Bench.Micro;

/// <summary>Frames of 1, 100 and 1,000 events, compressed as by default; the baseline does without.</summary>
[MemoryDiagnoser]
public class EncodeBenchmarks
{
    private readonly FrameCodec _plain = new(Options.Create(new CodecOptions { CompressAbove = 16 * 1024 * 1024 }));
    private readonly FrameCodec _codec = new(Options.Create(new CodecOptions()));
    private Event[] _events = [];

    [Params(1, 100, 1000)]
    public int Events { get; set; }

    [GlobalSetup]
    public void Setup() => _events = ChatMessages.Make(Events);

    [Benchmark(Baseline = true)]
    public byte[] Uncompressed() => _plain.Encode(_events, DateTimeOffset.UnixEpoch);

    [Benchmark]
    public byte[] Compressed() => _codec.Encode(_events, DateTimeOffset.UnixEpoch);
}

/// <summary>The way back.</summary>
[MemoryDiagnoser]
public class DecodeBenchmarks
{
    private static readonly StreamName Stream = new("bench");

    private readonly FrameCodec _plain = new(Options.Create(new CodecOptions { CompressAbove = 16 * 1024 * 1024 }));
    private readonly FrameCodec _codec = new(Options.Create(new CodecOptions()));
    private byte[] _uncompressed = [];
    private byte[] _compressed = [];

    [Params(1, 100, 1000)]
    public int Events { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var events = ChatMessages.Make(Events);
        _uncompressed = _plain.Encode(events, DateTimeOffset.UnixEpoch);
        _compressed = _codec.Encode(events, DateTimeOffset.UnixEpoch);
    }

    [Benchmark(Baseline = true)]
    public IReadOnlyList<Event> Uncompressed() => _plain.Decode(Stream, Events, _uncompressed);

    [Benchmark]
    public IReadOnlyList<Event> Compressed() => _codec.Decode(Stream, Events, _compressed);
}
