using System.Buffers;
using System.Text.Json;
using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.Services;

/// <summary>Writes values that services make of parts: results of calls and arguments of messages.</summary>
internal static class Reply
{
    /// <summary>A result in the format of the call's arguments.</summary>
    /// <param name="call">The call; one without arguments is answered in JSON.</param>
    /// <param name="write">Writes one value.</param>
    public static InvocationResult.Value To(Invocation call, Action<Utf8JsonWriter> write) =>
        new(Transcoder.Convert(Json(write), call.Arguments.Count == 0 ? PayloadFormat.Json : call.Arguments[0].Format));

    /// <summary>One value as JSON.</summary>
    public static Payload Json(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true }))
        {
            write(writer);
        }

        return new(PayloadFormat.Json, output.WrittenMemory);
    }

    /// <summary>Writes a payload where a value stands.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="payload">One value of any format; null is written as null.</param>
    public static void WritePayload(this Utf8JsonWriter writer, Payload? payload)
    {
        if (payload is not { } value)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteRawValue(Transcoder.Convert(value, PayloadFormat.Json).Bytes.Span, skipInputValidation: true);
    }
}
