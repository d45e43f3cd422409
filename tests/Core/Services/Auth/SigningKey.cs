using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Tests.Core.Services.Auth;

/// <summary>A key of an issuer, which makes tokens, good and bad, by the RFC and not by a library.</summary>
internal sealed class SigningKey : IDisposable
{
    private readonly RSA? _rsa;
    private readonly ECDsa? _ec;
    private readonly string? _id;

    private SigningKey(string? id, RSA? rsa, ECDsa? ec) => (_id, _rsa, _ec) = (id, rsa, ec);

    public static SigningKey Rsa(string? id = "k1", int bits = 2048) => new(id, RSA.Create(bits), null);

    public static SigningKey Ec(string? id = "e1") => new(id, null, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Its public parts.</summary>
    public string Jwk => _rsa is null ? EcJwk : RsaJwk;

    /// <summary>What somebody without the private key may take for a secret.</summary>
    public byte[] PublicPem => Encoding.ASCII.GetBytes((_rsa ?? (AsymmetricAlgorithm)_ec!).ExportSubjectPublicKeyInfoPem());

    public byte[] PublicModulus => _rsa!.ExportParameters(false).Modulus!;

    public static string Set(params string[] keys) => $$"""{"keys":[{{string.Join(',', keys)}}]}""";

    public static string SecretJwk(string id, byte[] secret) => $$"""{"kty":"oct","kid":"{{id}}","k":"{{Encode(secret)}}"}""";

    /// <summary>A token.</summary>
    /// <param name="claims">A JSON object.</param>
    /// <param name="algorithm">Its <c>alg</c>; it is signed so where the key can, else by HMAC with a public part, or not at all.</param>
    /// <param name="header">More members of its header: <c>,"crit":["x"]</c>.</param>
    public string Sign(string claims, string? algorithm = null, string header = "")
    {
        algorithm ??= _rsa is null ? "ES256" : "RS256";
        var key = _id is null ? "" : $",\"kid\":\"{_id}\"";
        var signed = $"{Encode($$"""{"alg":"{{algorithm}}"{{key}}{{header}}}""")}.{Encode(claims)}";
        var data = Encoding.ASCII.GetBytes(signed);
        return $"{signed}.{Encode(algorithm switch
        {
            "RS256" => _rsa!.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS512" => _rsa!.SignData(data, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            "PS256" => _rsa!.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "PS512" => _rsa!.SignData(data, HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
            "ES256" => _ec!.SignData(data, HashAlgorithmName.SHA256),
            _ => [],
        })}";
    }

    /// <summary>A token signed by HS256.</summary>
    public static string Sign(byte[] secret, string id, string claims)
    {
        var signed = $"{Encode($$"""{"alg":"HS256","kid":"{{id}}"}""")}.{Encode(claims)}";
        return $"{signed}.{Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}";
    }

    public void Dispose()
    {
        _rsa?.Dispose();
        _ec?.Dispose();
    }

    private string IdMember => _id is null ? "" : $",\"kid\":\"{_id}\"";

    private string RsaJwk
    {
        get
        {
            var parts = _rsa!.ExportParameters(false);
            return $$"""{"kty":"RSA"{{IdMember}},"use":"sig","n":"{{Encode(parts.Modulus!)}}","e":"{{Encode(parts.Exponent!)}}"}""";
        }
    }

    private string EcJwk
    {
        get
        {
            var point = _ec!.ExportParameters(false).Q;
            return $$"""{"kty":"EC"{{IdMember}},"crv":"P-256","x":"{{Encode(point.X!)}}","y":"{{Encode(point.Y!)}}"}""";
        }
    }

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
