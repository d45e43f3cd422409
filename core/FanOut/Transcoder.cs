using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MessagePack;
using Serverless.Events;

namespace Serverless.FanOut;

/// <summary>Turns a payload of one format into the other, as Azure SignalR does: integral JSON numbers become integers, others float64; binary becomes
/// base64 text; MessagePack timestamps become ISO 8601 text.</summary>
public static class Transcoder
{
    /// <summary>Readers of JSON take 64 levels by default, and the message around the payload is one.</summary>
    private const int MaxDepth = 63;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions Limited = new() { MaxDepth = MaxDepth };

    /// <summary>The payload's value in a format, JSON or MessagePack; the payload itself where it has that format.</summary>
    /// <exception cref="FormatException">The payload isn't what its format says.</exception>
    public static Payload Convert(Payload payload, PayloadFormat format)
    {
        if (payload.Format == format)
        {
            return payload;
        }

        var output = new ArrayBufferWriter<byte>();
        if (format == PayloadFormat.Json)
        {
            WriteJson(payload, output);
        }
        else
        {
            var writer = new MessagePackWriter(output);
            WriteMessagePack(payload, ref writer);
            writer.Flush();
        }

        return new(format, output.WrittenMemory);
    }

    /// <summary>Writes the payload's value as JSON.</summary>
    /// <exception cref="FormatException">The payload isn't what its format says.</exception>
    public static void WriteJson(Payload payload, IBufferWriter<byte> output)
    {
        if (payload.Format == PayloadFormat.Json)
        {
            output.Write(payload.Bytes.Span);
            return;
        }

        try
        {
            var reader = new MessagePackReader(payload.Bytes);
            using var writer = new Utf8JsonWriter(output, Compact);
            Copy(ref reader, writer, 0);
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"The payload isn't MessagePack: {e.Message}", e);
        }
    }

    /// <summary>Writes the payload's value as MessagePack.</summary>
    /// <exception cref="FormatException">The payload isn't what its format says.</exception>
    public static void WriteMessagePack(Payload payload, ref MessagePackWriter writer)
    {
        if (payload.Format == PayloadFormat.MessagePack)
        {
            writer.WriteRaw(payload.Bytes.Span);
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(payload.Bytes, Limited);
            Copy(document.RootElement, ref writer);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The payload isn't JSON: {e.Message}", e);
        }
    }

    private static void Copy(JsonElement element, ref MessagePackWriter writer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteMapHeader(element.GetPropertyCount());
                foreach (var property in element.EnumerateObject())
                {
                    writer.Write(property.Name);
                    Copy(property.Value, ref writer);
                }

                break;
            case JsonValueKind.Array:
                writer.WriteArrayHeader(element.GetArrayLength());
                foreach (var item in element.EnumerateArray())
                {
                    Copy(item, ref writer);
                }

                break;
            case JsonValueKind.String:
                writer.Write(element.GetString());
                break;
            case JsonValueKind.Number when element.TryGetInt64(out var integer):
                writer.Write(integer);
                break;
            case JsonValueKind.Number when element.TryGetUInt64(out var integer):
                writer.Write(integer);
                break;
            case JsonValueKind.Number:
                writer.Write(element.GetDouble());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.Write(element.ValueKind == JsonValueKind.True);
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    private static void Copy(ref MessagePackReader reader, Utf8JsonWriter writer, int depth)
    {
        if (depth == MaxDepth && reader.NextMessagePackType is MessagePackType.Map or MessagePackType.Array)
        {
            throw new MessagePackSerializationException($"It is nested deeper than {MaxDepth}.");
        }

        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Map:
                writer.WriteStartObject();
                for (var count = reader.ReadMapHeader(); count > 0; count--)
                {
                    writer.WritePropertyName(ReadName(ref reader));
                    Copy(ref reader, writer, depth + 1);
                }

                writer.WriteEndObject();
                break;
            case MessagePackType.Array:
                writer.WriteStartArray();
                for (var count = reader.ReadArrayHeader(); count > 0; count--)
                {
                    Copy(ref reader, writer, depth + 1);
                }

                writer.WriteEndArray();
                break;
            default:
                CopyValue(ref reader, writer);
                break;
        }
    }

    private static void CopyValue(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                writer.WriteNullValue();
                break;
            case MessagePackType.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Integer when reader.NextCode == MessagePackCode.UInt64:
                writer.WriteNumberValue(reader.ReadUInt64());
                break;
            case MessagePackType.Integer:
                writer.WriteNumberValue(reader.ReadInt64());
                break;
            case MessagePackType.Float:
                WriteFloat(ref reader, writer);
                break;
            case MessagePackType.String:
                writer.WriteStringValue(reader.ReadString());
                break;
            case MessagePackType.Binary:
                writer.WriteBase64StringValue((reader.ReadBytes() ?? default).ToArray());
                break;
            default:
                WriteExtension(ref reader, writer);
                break;
        }
    }

    private static void WriteFloat(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        var single = reader.NextCode == MessagePackCode.Float32;
        var value = reader.ReadDouble();
        if (!double.IsFinite(value))
        {
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
        else if (single)
        {
            writer.WriteNumberValue((float)value);
        }
        else
        {
            writer.WriteNumberValue(value);
        }
    }

    private static void WriteExtension(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        var ahead = reader.CreatePeekReader();
        if (ahead.ReadExtensionFormatHeader().TypeCode == ReservedMessagePackExtensionTypeCode.DateTime)
        {
            writer.WriteStringValue(reader.ReadDateTime());
        }
        else
        {
            writer.WriteBase64StringValue(reader.ReadExtensionFormat().Data.ToArray());
        }
    }

    private static string ReadName(ref MessagePackReader reader) => reader.NextMessagePackType switch
    {
        MessagePackType.String => reader.ReadString() ?? "",
        MessagePackType.Integer when reader.NextCode == MessagePackCode.UInt64 => reader.ReadUInt64().ToString(CultureInfo.InvariantCulture),
        MessagePackType.Integer => reader.ReadInt64().ToString(CultureInfo.InvariantCulture),
        _ => throw new MessagePackSerializationException("A map's key is neither text nor an integer."),
    };
}
