using System.Buffers;
using MessagePack;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;

namespace Serverless.Services.Documents;

/// <summary>Writes what clients are answered and told. Bytes are binary in MessagePack, and base64 text for those who speak JSON.</summary>
internal static class DocumentReply
{
    private delegate void Write(ref MessagePackWriter writer);

    /// <summary><c>{ position, compact }</c>.</summary>
    public static InvocationResult Changed(PayloadFormat format, Position at, bool compact) => Value(format, (ref MessagePackWriter writer) =>
    {
        writer.WriteMapHeader(2);
        Position(ref writer, at);
        Compact(ref writer, compact);
    });

    /// <summary><c>{ position }</c>.</summary>
    public static InvocationResult Compacted(PayloadFormat format, Position at) => Value(format, (ref MessagePackWriter writer) =>
    {
        writer.WriteMapHeader(1);
        Position(ref writer, at);
    });

    /// <summary><c>{ position, updates, more, compact, binary, maxUpdate, maxSnapshot, snapshot?, reset? }</c>.</summary>
    public static InvocationResult Synced(PayloadFormat format, DocumentPage page, bool compact, DocumentOptions options) => Value(format, (ref MessagePackWriter writer) =>
    {
        writer.WriteMapHeader(7 + (page.Snapshot is null ? 0 : 1) + (page.Reset is null ? 0 : 1));
        Position(ref writer, page.At);
        writer.Write("updates");
        writer.WriteArrayHeader(page.Updates.Count);
        foreach (var update in page.Updates)
        {
            writer.Write(update.Span);
        }

        writer.Write("more");
        writer.Write(page.HasMore);
        Compact(ref writer, compact);
        writer.Write("binary");
        writer.Write(format == PayloadFormat.MessagePack);
        writer.Write("maxUpdate");
        writer.Write(options.MaxUpdateBytes);
        writer.Write("maxSnapshot");
        writer.Write(options.MaxSnapshotBytes);
        if (page.Snapshot is { } snapshot)
        {
            writer.Write("snapshot");
            writer.Write(snapshot.Span);
        }

        if (page.Reset is { } reset)
        {
            writer.Write("reset");
            writer.Write(reset == ResetReason.Trimmed ? "trimmed" : "tailLost");
        }
    });

    /// <summary>The arguments of <see cref="DocumentNames.Updated"/>: <c>[id, position, update]</c>.</summary>
    public static Payload Update(string id, Position at, ReadOnlyMemory<byte> update) => Pack((ref MessagePackWriter writer) =>
    {
        writer.WriteArrayHeader(3);
        writer.Write(id);
        writer.Write(at.ToString());
        writer.Write(update.Span);
    });

    private static void Position(ref MessagePackWriter writer, Position at)
    {
        writer.Write("position");
        writer.Write(at.ToString());
    }

    private static void Compact(ref MessagePackWriter writer, bool compact)
    {
        writer.Write("compact");
        writer.Write(compact);
    }

    private static InvocationResult.Value Value(PayloadFormat format, Write write) => new(Transcoder.Convert(Pack(write), format));

    private static Payload Pack(Write write)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        write(ref writer);
        writer.Flush();
        return new(PayloadFormat.MessagePack, output.WrittenMemory);
    }
}
