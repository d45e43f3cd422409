using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Services.Auth;

/// <summary>Which keys may verify tokens.</summary>
internal static class KeyRules
{
    private const int MinRsaBits = 2048;
    private const int MinSymmetricBytes = 32;

    /// <summary>Checks a key of the settings.</summary>
    /// <param name="key">The key.</param>
    /// <param name="isSymmetric">Whether the issuer signs by HS256.</param>
    /// <param name="name">What the message calls it.</param>
    /// <returns>It, without what isn't needed.</returns>
    /// <exception cref="FormatException">It can't be used.</exception>
    public static JsonWebKey Check(JsonWebKey key, bool isSymmetric, string name) =>
        key.Kty == JsonWebAlgorithmsKeyTypes.Octet != isSymmetric
            ? throw new FormatException(isSymmetric
                ? $"{name} is of the kind '{key.Kty}': with HS256 keys are of the kind 'oct'."
                : $"{name} is a secret ('oct'), but the issuer's algorithms are those of public keys: HS256 has to be the one in Algorithms.")
        : !isSymmetric && key.HasPrivateKey ? throw new FormatException($"{name} has private parts: only the public ones belong here.")
        : Fault(key) is { } fault ? throw new FormatException($"{name} {fault}")
        : Public(key);

    /// <summary>Those of a discovered set that verify signatures: public RSA and EC keys. What isn't one doesn't count.</summary>
    public static IReadOnlyList<JsonWebKey> Usable(IEnumerable<JsonWebKey> keys) =>
        [.. keys.Where(key => key.Kty != JsonWebAlgorithmsKeyTypes.Octet && Fault(key) is null).Select(Public)];

    /// <summary>Those that a token may have been signed with.</summary>
    public static IReadOnlyList<JsonWebKey> Candidates(IReadOnlyList<JsonWebKey> keys, CallerToken token) =>
        [.. keys.Where(key => (token.KeyId is null || key.Kid is null || key.Kid == token.KeyId) && (key.Alg is null || key.Alg == token.Algorithm))];

    /// <returns>What is wrong with it, or null.</returns>
    private static string? Fault(JsonWebKey key)
    {
        if (key.Use is not (null or JsonWebKeyUseNames.Sig) || (key.KeyOps.Count > 0 && !key.KeyOps.Contains("verify")))
        {
            return "isn't for signatures ('use', 'key_ops').";
        }

        try
        {
            return key.Kty switch
            {
                JsonWebAlgorithmsKeyTypes.RSA => RsaBits(key) < MinRsaBits ? $"is an RSA key of fewer than {MinRsaBits} bits." : null,
                JsonWebAlgorithmsKeyTypes.EllipticCurve => CheckCurve(key),
                JsonWebAlgorithmsKeyTypes.Octet => Decode(key.K).Length < MinSymmetricBytes ? $"has fewer than {MinSymmetricBytes} bytes." : null,
                _ => $"is of an unknown kind ('{key.Kty}'): RSA, EC and oct are known.",
            };
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException or ArgumentException)
        {
            return $"isn't a key of the kind '{key.Kty}' ({fault.GetType().Name}).";
        }
    }

    private static int RsaBits(JsonWebKey key)
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = Decode(key.N), Exponent = Decode(key.E) });
        return rsa.KeySize;
    }

    private static string? CheckCurve(JsonWebKey key)
    {
        ECCurve? curve = key.Crv switch
        {
            JsonWebKeyECTypes.P256 => ECCurve.NamedCurves.nistP256,
            JsonWebKeyECTypes.P384 => ECCurve.NamedCurves.nistP384,
            JsonWebKeyECTypes.P521 => ECCurve.NamedCurves.nistP521,
            _ => null,
        };
        if (curve is null)
        {
            return $"has an unknown curve ('{key.Crv}'): P-256, P-384 and P-521 are known.";
        }

        // throws unless the point is on it
        using var _ = ECDsa.Create(new ECParameters { Curve = curve.Value, Q = new() { X = Decode(key.X), Y = Decode(key.Y) } });
        return null;
    }

    private static byte[] Decode(string? part) => Base64Url.DecodeFromChars(part ?? throw new FormatException("A part is missing."));

    private static JsonWebKey Public(JsonWebKey key) => new()
    {
        Kty = key.Kty,
        Kid = string.IsNullOrEmpty(key.Kid) ? null : key.Kid,
        Alg = string.IsNullOrEmpty(key.Alg) ? null : key.Alg,
        N = key.N,
        E = key.E,
        Crv = key.Crv,
        X = key.X,
        Y = key.Y,
        K = key.K,
    };
}
