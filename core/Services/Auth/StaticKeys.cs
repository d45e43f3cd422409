using Microsoft.IdentityModel.Tokens;

namespace Serverless.Services.Auth;

/// <summary>Keys from the settings; they change with a restart.</summary>
internal sealed class StaticKeys(IReadOnlyList<JsonWebKey> keys) : IIssuerKeys
{
    public ValueTask<(IReadOnlyList<JsonWebKey>? Keys, string Fault)> ReadAsync(string? id, CancellationToken cancellationToken) => new((keys, ""));

    /// <summary>Reads <see cref="IssuerOptions.Keys"/>.</summary>
    /// <param name="setting">JSON text, or a path.</param>
    /// <param name="isSymmetric">Whether the issuer signs by HS256.</param>
    /// <exception cref="FormatException">They can't be used; the message says why, after the setting's name, and quotes nothing of them.</exception>
    public static StaticKeys Parse(string setting, bool isSymmetric)
    {
        List<JsonWebKey> keys = [.. ReadSet(Load(setting)).Select((key, index) => KeyRules.Check(key, isSymmetric, $"keys[{index}]"))];
        return keys.Count == 0 ? throw new FormatException("holds no key: a JWK set is {\"keys\":[…]} with at least one.")
            : keys.Where(key => key.Kid is not null).GroupBy(key => key.Kid).Any(same => same.Count() > 1) ? throw new FormatException("has two keys with one id ('kid').")
            : new(keys);
    }

    private static string Load(string setting)
    {
        if (setting.TrimStart().StartsWith('{'))
        {
            return setting;
        }

        try
        {
            return File.ReadAllText(setting);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FormatException($"is neither JSON nor a file that can be read ({fault.GetType().Name}): set it to a JWK set, or to the path of one.");
        }
    }

    private static IList<JsonWebKey> ReadSet(string json)
    {
        try
        {
            return JsonWebKeySet.Create(json).Keys;
        }
        catch (Exception fault) when (fault is ArgumentException or System.Text.Json.JsonException or SecurityTokenException)
        {
            throw new FormatException("is no JWK set: {\"keys\":[…]}.");
        }
    }
}
