using System.Text.Json;

namespace Serverless.Services;

/// <summary>Reads what callers send as JSON; faults are for them.</summary>
internal static class RequestJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Reads one value.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="what">What it is, for faults.</param>
    /// <param name="read">Keeps nothing of the element.</param>
    /// <exception cref="FormatException">It isn't JSON, names something twice or nests too deep; or what <paramref name="read"/> throws.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> utf8, string what, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Strict);
            return read(document.RootElement);
        }
        catch (JsonException fault)
        {
            throw new FormatException($"{what} isn't JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.", fault);
        }
    }

    /// <summary>The text of a property; null when it isn't there, or is null.</summary>
    /// <param name="json">An object.</param>
    /// <param name="name">The property.</param>
    /// <param name="before">Stands before a fault.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public static string? Text(JsonElement json, string name, string before = "")
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new FormatException($"{before}'{name}' isn't a text.");
        }
        catch (InvalidOperationException fault)
        {
            throw new FormatException($"{before}'{name}' isn't Unicode.", fault);
        }
    }
}
