using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using MessagePack;

namespace Serverless.FanOut;

/// <summary>Ready frames of the hub protocol that belong to a connection, not to a stream. Source: dotnet/aspnetcore, docs/specs/HubProtocol.md.</summary>
internal static class ControlFrame
{
    private static readonly JsonWriterOptions AsFramework = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly byte[] JsonPing = [.. "{\"type\":6}"u8, 0x1e];
    private static readonly byte[] MessagePackPing = [2, 0x91, 6];

    /// <summary>Keeps a connection alive.</summary>
    public static ReadOnlyMemory<byte> Ping(HubProtocolKind protocol) => protocol == HubProtocolKind.Json ? JsonPing : MessagePackPing;

    /// <summary>Ends a connection: the client may connect again by itself where it is configured to.</summary>
    /// <param name="protocol">The connection's.</param>
    /// <param name="error">Why; null for an ordinary end.</param>
    /// <param name="reconnect">Whether the client may come back.</param>
    public static ReadOnlyMemory<byte> Close(HubProtocolKind protocol, string? error, Reconnect reconnect) =>
        protocol == HubProtocolKind.Json ? JsonClose(error, reconnect) : MessagePackClose(error, reconnect);

    private static ReadOnlyMemory<byte> JsonClose(string? error, Reconnect reconnect)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, AsFramework))
        {
            writer.WriteStartObject();
            writer.WriteNumber("type", 7);
            if (error is not null)
            {
                writer.WriteString("error", error);
            }

            if (reconnect == Reconnect.Allowed)
            {
                writer.WriteBoolean("allowReconnect", true);
            }

            writer.WriteEndObject();
        }

        output.Write([(byte)0x1e]);
        return output.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> MessagePackClose(string? error, Reconnect reconnect)
    {
        var output = new ArrayBufferWriter<byte>();
        var prefix = InvocationFrame.ReserveLength(output);
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(3);
        writer.Write(7);
        writer.Write(error);
        writer.Write(reconnect == Reconnect.Allowed);
        writer.Flush();
        return InvocationFrame.WithLength(output, prefix);
    }
}

/// <summary>Whether a closed client may come back.</summary>
public enum Reconnect
{
    /// <summary>It shall stay away.</summary>
    Forbidden,

    /// <summary>Automatic reconnect, where the client has it, goes on.</summary>
    Allowed,
}
