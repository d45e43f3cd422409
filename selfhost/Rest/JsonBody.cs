using System.Text.Json;
using System.Text.Unicode;
using Serverless.Events;

namespace Serverless.SelfHost.Rest;

/// <summary>Parses <c>{"target":"…","arguments":[…]}</c>. The arguments stay the text that they were: numbers and dates aren't retyped.</summary>
internal static class JsonBody
{
    private const string Form = """The body must be a JSON object: {"target":"method","arguments":[…]}.""";

    /// <param name="body">Not kept.</param>
    public static ParsedBody Parse(Memory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
        {
            body = body["\uFEFF"u8.Length..];
        }

        if (!Utf8.IsValid(body.Span))
        {
            return ParsedBody.Wrong("The body isn't UTF-8.");
        }

        try
        {
            return Read(body);
        }
        catch (JsonException fault)
        {
            return ParsedBody.Wrong($"{Form} It is wrong in line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.");
        }
        catch (InvalidOperationException)
        {
            return ParsedBody.Wrong("The target isn't Unicode.");
        }
    }

    private static ParsedBody Read(Memory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return ParsedBody.Wrong(Form);
        }

        string? target = null;
        Memory<byte>? arguments = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name.Equals("target", StringComparison.OrdinalIgnoreCase) && reader.TokenType == JsonTokenType.String && target is null)
            {
                target = reader.GetString();
            }
            else if (name.Equals("arguments", StringComparison.OrdinalIgnoreCase) && reader.TokenType is JsonTokenType.StartArray && arguments is null)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                arguments = body[start..(int)reader.BytesConsumed];
            }
            else if (name.Equals("target", StringComparison.OrdinalIgnoreCase))
            {
                return ParsedBody.Wrong("'target' must be one string.");
            }
            else if (name.Equals("arguments", StringComparison.OrdinalIgnoreCase) && reader.TokenType != JsonTokenType.Null)
            {
                return ParsedBody.Wrong("'arguments' must be one array.");
            }
            else
            {
                reader.Skip();
            }
        }

        // what follows the object is a fault, which the reader throws
        reader.Read();
        return target is null ? ParsedBody.Wrong("'target' is missing.") : new(target, Payload.FromJson(arguments is { } text ? text.Span : "[]"u8), "");
    }
}
