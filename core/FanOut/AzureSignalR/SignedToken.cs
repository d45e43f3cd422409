using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Signs and opens JSON web tokens with HMAC (RFC 7515, 7519). Keys may be of any length, which the usual libraries refuse.</summary>
public static class SignedToken
{
    /// <summary>The longest token that is looked at, in characters; Azure's SDK issues up to 4,096.</summary>
    public const int MaxLength = 8192;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    /// <summary>Signs claims by HS256.</summary>
    /// <param name="claims">A JSON object, as UTF-8.</param>
    /// <param name="key">Signs it.</param>
    public static string Sign(ReadOnlySpan<byte> claims, byte[] key)
    {
        var signed = $"{Header}.{Base64Url.EncodeToString(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>Gives the claims of a token whose signature fits one of the keys. Nothing else is checked.</summary>
    /// <returns>The claims, or null and why not.</returns>
    /// <exception cref="InvalidOperationException">A name or the algorithm isn't Unicode.</exception>
    public static (IReadOnlyDictionary<string, JsonElement>? Claims, string Fault) Open(string token, IReadOnlyList<byte[]> keys)
    {
        if (token.Length > MaxLength)
        {
            return (null, $"It has more than {MaxLength} characters.");
        }

        var parts = token.Split('.', 4);
        if (parts.Length != 3)
        {
            return (null, "It isn't three parts with points between.");
        }

        if (ReadPart(parts[0]) is not { } header || ReadBytes(parts[2]) is not { } signature)
        {
            return (null, "Its header or signature isn't base64url, or isn't JSON.");
        }

        if (header.ContainsKey("crit"))
        {
            return (null, "Its header demands extensions ('crit') that are unknown here.");
        }

        if (Algorithm(header) is not { } sign)
        {
            return (null, "Its algorithm is neither HS256 nor HS512.");
        }

        var signed = Encoding.UTF8.GetBytes(token, 0, token.Length - parts[2].Length - 1);
        var isSigned = false;
        foreach (var key in keys)
        {
            isSigned |= CryptographicOperations.FixedTimeEquals(sign(key, signed), signature);
        }

        return !isSigned ? (null, "Its signature fits no access key.")
            : ReadPart(parts[1]) is { } claims ? (claims, "")
            : (null, "Its claims aren't a JSON object.");
    }

    /// <summary>Reads the header or the claims of a token, strictly: no name twice, 16 levels at most.</summary>
    /// <param name="part">What stands between its points.</param>
    /// <returns>Null when it isn't base64url of a JSON object.</returns>
    /// <exception cref="InvalidOperationException">A name isn't Unicode.</exception>
    public static IReadOnlyDictionary<string, JsonElement>? ReadPart(string part)
    {
        try
        {
            if (ReadBytes(part) is not { } json)
            {
                return null;
            }

            using var document = JsonDocument.Parse(json, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.EnumerateObject().ToDictionary(claim => claim.Name, claim => claim.Value.Clone())
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Func<byte[], byte[], byte[]>? Algorithm(IReadOnlyDictionary<string, JsonElement> header) =>
        header.TryGetValue("alg", out var algorithm) && algorithm.ValueKind == JsonValueKind.String
            ? algorithm.GetString() switch
            {
                "HS256" => HMACSHA256.HashData,
                "HS512" => HMACSHA512.HashData,
                _ => null,
            }
            : null;

    private static byte[]? ReadBytes(string part) => Base64Url.IsValid(part) ? Base64Url.DecodeFromChars(part) : null;
}
