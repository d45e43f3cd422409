using System.Buffers;
using System.Text.Json;

namespace Serverless.SelfHost.Security;

/// <summary>Makes access tokens, signed with the primary key. Thread-safe.</summary>
internal sealed class TokenIssuer(AccessKeys keys, TimeProvider time)
{
    /// <summary>A token for the client endpoint of a hub.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="userId">Null for an anonymous client.</param>
    /// <param name="lifetime">From now.</param>
    public string IssueClient(string hub, string? userId, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        var claims = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(claims))
        {
            writer.WriteStartObject();
            writer.WriteString("aud", $"http://localhost/client/?hub={Uri.EscapeDataString(hub)}");
            writer.WriteNumber("iat", now.ToUnixTimeSeconds());
            writer.WriteNumber("exp", (now + lifetime).ToUnixTimeSeconds());
            if (!string.IsNullOrEmpty(userId))
            {
                writer.WriteString(TokenClaimNames.UserId, userId);
            }

            writer.WriteEndObject();
        }

        return JsonWebToken.Sign(claims.WrittenSpan, keys.Current[0]);
    }
}
