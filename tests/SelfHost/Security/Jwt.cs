using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Tests.SelfHost.Security;

/// <summary>Makes JSON web tokens, good and bad, by the RFC and not by the node's own code.</summary>
internal static class Jwt
{
    public static string Sign(string header, string claims, string key)
    {
        var signed = $"{Encode(header)}.{Encode(claims)}";
        var (bytes, data) = (Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(signed));
        var signature = header.Contains("HS512", StringComparison.Ordinal) ? HMACSHA512.HashData(bytes, data)
            : header.Contains("HS384", StringComparison.Ordinal) ? HMACSHA384.HashData(bytes, data)
            : HMACSHA256.HashData(bytes, data);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>A token for a client of a hub.</summary>
    public static string ForClient(string hub, string user, string key, params (string Name, string Value)[] claims) => Sign(
        """{"alg":"HS256","typ":"JWT"}""",
        new System.Text.Json.Nodes.JsonObject([
            new("aud", $"http://localhost/client/?hub={hub}"),
            new("exp", DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()),
            new("asrs.s.uid", user),
            .. claims.Select(claim => KeyValuePair.Create<string, System.Text.Json.Nodes.JsonNode?>(claim.Name, claim.Value)),
        ]).ToJsonString(),
        key);

    /// <summary>For a call of the REST API, as Azure's Management SDK makes it.</summary>
    public static string ForApi(string url, string key) =>
        Sign("""{"alg":"HS256","typ":"JWT"}""", $$"""{"aud":"{{url}}","exp":4102444800}""", key);

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
