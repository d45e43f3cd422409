using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Makes the access tokens of requests: JSON web tokens, HS256. Keys may be of any length, which the usual libraries refuse. Contract, section 3.3. Thread-safe.</summary>
internal sealed class AccessTokens(ServiceConnectionString service, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    /// <param name="path">The request's, as it is sent, without its query.</param>
    public string For(string path)
    {
        var now = time.GetUtcNow();
        var claims = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(claims))
        {
            writer.WriteStartObject();
            writer.WriteString("aud", $"{service.Audience.GetLeftPart(UriPartial.Authority)}{path}");
            writer.WriteNumber("iat", now.ToUnixTimeSeconds());
            writer.WriteNumber("exp", (now + Lifetime).ToUnixTimeSeconds());
            writer.WriteEndObject();
        }

        var signed = $"{Header}.{Base64Url.EncodeToString(claims.WrittenSpan)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(service.AccessKey, Encoding.ASCII.GetBytes(signed)))}";
    }
}
