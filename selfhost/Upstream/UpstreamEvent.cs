using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Protocol;
using Serverless.FanOut;
using Serverless.SelfHost.Protocols;

namespace Serverless.SelfHost.Upstream;

/// <summary>What a receiver is told. Contract, section 4.4.</summary>
/// <param name="Category"><see cref="Connections"/> or <see cref="Messages"/>.</param>
/// <param name="Name"><c>connected</c>, <c>disconnected</c>, or the target of an invocation.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Body">What is posted.</param>
/// <param name="Invocation">The id under which a client waits for the answer; null: nobody does.</param>
internal sealed record UpstreamEvent(string Category, string Name, string ContentType, ReadOnlyMemory<byte> Body, string? Invocation = null)
{
    /// <summary>The category of a connection's beginning and end.</summary>
    public const string Connections = "connections";

    /// <summary>The category of invocations.</summary>
    public const string Messages = "messages";

    private const string Json = "application/json";
    private const string MessagePack = "application/x-msgpack";

    private static readonly JsonWriterOptions AsFramework = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A client's handshake is done.</summary>
    public static UpstreamEvent Connected { get; } = new(Connections, "connected", Json, """{"type":10}"""u8.ToArray());

    /// <summary>A client has gone.</summary>
    /// <param name="error">Why; null when it left by itself, in order.</param>
    public static UpstreamEvent Disconnected(string? error)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body, AsFramework))
        {
            writer.WriteStartObject();
            writer.WriteNumber("type", 11);
            if (error is not null)
            {
                writer.WriteString("error", error);
            }

            writer.WriteEndObject();
        }

        return new(Connections, "disconnected", Json, body.WrittenMemory);
    }

    /// <summary>A client calls a method, or wants its items as a stream: the hub message as the protocol writes it, each argument as the client did, without what frames it.</summary>
    public static UpstreamEvent Invoked(HubMethodInvocationMessage message, HubProtocol protocol)
    {
        var contentType = protocol.Kind == HubProtocolKind.Json ? Json : MessagePack;
        return new(Messages, message.Target, contentType, protocol.Unframe(protocol.Write(message)), message.InvocationId);
    }
}
