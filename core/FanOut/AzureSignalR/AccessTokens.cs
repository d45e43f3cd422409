using System.Buffers;
using System.Text.Json;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Makes all access tokens, for requests and for clients: JSON web tokens, signed with the access key. Contract, sections 2.4 and 3.3.</summary>
public static class AccessTokens
{
    /// <summary>The claim that names a client's user. Contract, section 2.5.</summary>
    public const string UserClaim = "asrs.s.uid";

    private static readonly TimeSpan RequestLifetime = TimeSpan.FromHours(1);

    /// <summary>For a call of the REST API.</summary>
    /// <param name="service">Whom it calls.</param>
    /// <param name="path">The request's, as it is sent, without its query.</param>
    /// <param name="now">The time; the token is good for an hour from then.</param>
    public static string ForRequest(ServiceConnectionString service, string path, DateTimeOffset now) =>
        Make(service.AccessKey, $"{service.Audience.GetLeftPart(UriPartial.Authority)}{path}", now, now + RequestLifetime, []);

    /// <summary>For a client that connects to a hub.</summary>
    /// <param name="address">Where it connects.</param>
    /// <param name="hub">The hub, in lower case.</param>
    /// <param name="user">Null or empty for an anonymous client.</param>
    /// <param name="now">The time.</param>
    /// <param name="expires">When it ends.</param>
    /// <param name="claims">More claims, each with a text; none of those that stand in it anyway.</param>
    public static string ForClient(
        ClientAddress address, string hub, string? user, DateTimeOffset now, DateTimeOffset expires, IEnumerable<KeyValuePair<string, string>> claims) =>
        Make(address.Key, address.AudienceOf(hub), now, expires, string.IsNullOrEmpty(user) ? claims : claims.Prepend(new(UserClaim, user)));

    /// <summary>The token of a client that goes on elsewhere: it says what its token says, for that address.</summary>
    /// <param name="address">Where it connects.</param>
    /// <param name="hub">The hub, in lower case.</param>
    /// <param name="claims">All that its token says, its audience too, which is replaced.</param>
    public static string ForClient(ClientAddress address, string hub, IReadOnlyDictionary<string, JsonElement> claims) =>
        Make(address.Key, writer =>
        {
            writer.WriteString("aud", address.AudienceOf(hub));
            foreach (var (name, value) in claims.Where(claim => claim.Key != "aud"))
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
        });

    private static string Make(byte[] key, string audience, DateTimeOffset now, DateTimeOffset expires, IEnumerable<KeyValuePair<string, string>> claims) =>
        Make(key, writer =>
        {
            writer.WriteString("aud", audience);
            writer.WriteNumber("iat", now.ToUnixTimeSeconds());
            writer.WriteNumber("exp", expires.ToUnixTimeSeconds());
            foreach (var (name, value) in claims)
            {
                writer.WriteString(name, value);
            }
        });

    private static string Make(byte[] key, Action<Utf8JsonWriter> writeClaims)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writeClaims(writer);
            writer.WriteEndObject();
        }

        return SignedToken.Sign(json.WrittenSpan, key);
    }
}
