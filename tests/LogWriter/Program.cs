using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Embedded;

// A process to be killed: appends to an embedded log from several callers, without end, and prints a line for each acknowledged append.
// Arguments: folder, fsync mode. A line: "<caller> <first number of the batch> <count> <position of the last>;".
var options = Options.Create(new LogOptions { Path = args[0], Fsync = Enum.Parse<FsyncMode>(args[1]) });
var codec = new FrameCodec(Options.Create(new CodecOptions()));
await using var log = new EmbeddedEventLog(options, TimeProvider.System, NullLogger<EmbeddedEventLog>.Instance);
await log.OpenAsync(CancellationToken.None);
await Task.WhenAll(Enumerable.Range(0, 4).Select(caller => Task.Run(() => AppendAsync(caller))));

async Task AppendAsync(int caller)
{
    var stream = new StreamName("chat", caller % 2);
    for (var (next, count) = (0, 1); ; next += count, count = (count % 3) + 1)
    {
        var names = Enumerable.Range(next, count).Select(number => $"{caller}:{number}").ToList();
        var events = names.Select(name =>
            new MessageSent { Audience = Audience.Hub, Target = name, Key = name, Arguments = new(PayloadFormat.Json, "[]"u8.ToArray()) }).ToList();
        var time = TimeProvider.System.GetUtcNow();
        var batch = new EncodedBatch(codec.Encode(events, time), count, time, [.. names.Select((name, index) => new EventKey(index, name))]);
        var last = ((AppendResult.Appended)await log.AppendAsync(stream, batch, CancellationToken.None)).Last;
        Console.WriteLine($"{caller} {next} {count} {last};");
    }
}
