using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.SelfHost.Protocols;

/// <summary>Takes a JSON value as its text, and writes any payload as JSON.</summary>
internal sealed class JsonPayloadConverter : JsonConverter<Payload>
{
    public override bool HandleNull => true;

    public override Payload Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return Payload.FromJson(JsonMarshal.GetRawUtf8Value(document.RootElement));
    }

    public override void Write(Utf8JsonWriter writer, Payload value, JsonSerializerOptions options)
    {
        var output = new ArrayBufferWriter<byte>(value.Bytes.Length + 16);
        Transcoder.WriteJson(value, output);
        writer.WriteRawValue(output.WrittenSpan, skipInputValidation: true);
    }
}
