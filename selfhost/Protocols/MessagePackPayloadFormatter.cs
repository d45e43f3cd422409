using System.Buffers;
using MessagePack;
using MessagePack.Formatters;
using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.SelfHost.Protocols;

/// <summary>Takes a MessagePack value as its bytes, and writes any payload as MessagePack.</summary>
internal sealed class MessagePackPayloadFormatter : IMessagePackFormatter<Payload>
{
    public Payload Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
        new(PayloadFormat.MessagePack, reader.ReadRaw().ToArray());

    public void Serialize(ref MessagePackWriter writer, Payload value, MessagePackSerializerOptions options) =>
        Transcoder.WriteMessagePack(value, ref writer);
}
