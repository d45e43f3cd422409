using System.Text;
using System.Text.Json;

namespace Serverless.Tests.Fixtures;

/// <summary>
/// What goes in and what comes out, as data, by name: <c>{"source": "…", "vectors": [{"name": "…", …}]}</c>. Made by hand or by another program than the node; the file says by which.
/// </summary>
internal static class VectorFile
{
    /// <param name="path">From the folder of the tests.</param>
    public static Dictionary<string, JsonElement> Read(string path)
    {
        var file = JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, path)));
        return file.GetProperty("source").GetString() is { Length: > 0 }
            ? file.GetProperty("vectors").EnumerateArray().ToDictionary(vector => vector.GetProperty("name").GetString()!)
            : throw new InvalidDataException($"{path} doesn't say where it comes from.");
    }

    /// <summary>A member's text; null when it isn't there.</summary>
    public static string? Text(this JsonElement vector, string name) => vector.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <summary>The bytes of a member that holds them as text, or of one that holds them in hexadecimal digits.</summary>
    public static byte[] Bytes(this JsonElement vector, string text, string hex) =>
        vector.Text(text) is { } characters ? Encoding.UTF8.GetBytes(characters) : Convert.FromHexString(vector.Text(hex)!);
}
