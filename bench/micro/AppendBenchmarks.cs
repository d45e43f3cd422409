using BenchmarkDotNet.Attributes;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.Bench.Micro;

/// <summary>One append of an encoded batch, waited for.</summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    private static readonly StreamName Stream = new("bench");

    private LogUnderTest? _log;
    private EncodedBatch? _batch;

    [Params(1, 100, 1000)]
    public int Events { get; set; }

    [GlobalSetup(Target = nameof(Memory))]
    public Task SetupMemoryAsync() => SetupAsync(LogKind.Memory);

    [GlobalSetup(Target = nameof(Embedded))]
    public Task SetupEmbeddedAsync() => SetupAsync(LogKind.Embedded);

    [GlobalSetup(Target = nameof(Redis))]
    public Task SetupRedisAsync() => SetupAsync(LogKind.Redis);

    [GlobalCleanup]
    public async Task CleanupAsync() => await _log!.DisposeAsync();

    [Benchmark(Baseline = true)]
    public ValueTask<AppendResult> Memory() => AppendAsync();

    [Benchmark]
    public ValueTask<AppendResult> Embedded() => AppendAsync();

    [Benchmark]
    public ValueTask<AppendResult> Redis() => AppendAsync();

    private ValueTask<AppendResult> AppendAsync() => _log!.Log.AppendAsync(Stream, _batch!, CancellationToken.None);

    private async Task SetupAsync(LogKind kind)
    {
        _log = await LogUnderTest.OpenAsync(kind, CancellationToken.None);
        var now = DateTimeOffset.UtcNow;
        _batch = new(_log.Codec.Encode(ChatMessages.Make(Events), now), Events, now, []);
    }
}
