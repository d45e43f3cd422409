using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Options;
using Serverless.Codec;

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
            Console.WriteLine("| events in a frame | bytes | compressed | ratio |\n|---|---|---|---|");
            foreach (var count in (int[])[1, 10, 100, 1000])
            {
                var events = ChatMessages.Make(count);
                var (before, after) = (plain.Encode(events, DateTimeOffset.UnixEpoch).Length, codec.Encode(events, DateTimeOffset.UnixEpoch).Length);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {count} | {before} | {after} | {(double)after / before:F2} |"));
            }
        });
        return command;
    }
}
