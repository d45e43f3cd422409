using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;

namespace Serverless.Bench.Micro;

/// <summary>How small frames of chat-like JSON become.</summary>
internal static class RatioCommand
{
    public static Command Create()
    {
        var command = new Command("ratio", "Size of compressed frames of chat-like JSON, relative to uncompressed ones.");
        command.SetAction(_ =>
        {
            var plain = new FrameCodec(Options.Create(new CodecOptions { CompressAbove = 16 * 1024 * 1024 }));
            var codec = new FrameCodec(Options.Create(new CodecOptions()));
            Console.WriteLine("| events in a frame | bytes | ratio, counted ids | ratio, random ids |\n|---|---|---|---|");
            foreach (var count in (int[])[1, 10, 100, 1000])
            {
                var (counted, random) = (ChatMessages.Make(count, randomIds: false), ChatMessages.Make(count));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {count} | {Size(plain, random)} | {Ratio(counted):F2} | {Ratio(random):F2} |"));
            }

            double Ratio(Event[] events) => (double)Size(codec, events) / Size(plain, events);
        });
        return command;
    }

    private static int Size(FrameCodec codec, Event[] events) => codec.Encode(events, DateTimeOffset.UnixEpoch).Length;
}
