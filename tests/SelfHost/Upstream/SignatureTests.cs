using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Serverless.SelfHost.Upstream;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>Signatures as data, both ways: the node writes them, and a receiver that checks as the Functions extension does takes them. Contract, sections 4.3 and 7.</summary>
public sealed class SignatureTests
{
    private static Dictionary<string, JsonElement> Vectors { get; } = VectorFile.Read("SelfHost/Upstream/Vectors/signatures.json");

    public static TheoryData<string> Names { get; } = [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Of_Vector_IsItsSignature(string name)
    {
        var vector = Vectors[name];
        var keys = Keys(vector);
        using var ring = new KeyRing(new()
        {
            ["Serverless:Keys:Primary"] = keys[0],
            ["Serverless:Keys:Secondary"] = keys.ElementAtOrDefault(1),
        });

        Assert.Equal(vector.Text("signature"), new UpstreamSignature(ring.Keys).Of(vector.Text("connection")!));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Verify_Vector_IsTakenByEachKeyAndNoOther(string name)
    {
        var vector = Vectors[name];

        Assert.All(Keys(vector), key => Assert.True(IsSigned(vector, key)));
        Assert.False(IsSigned(vector, "another-key-that-has-more-than-32-bytes"));
    }

    /// <summary>Splits at commas, doesn't trim, and compares in any case.</summary>
    private static bool IsSigned(JsonElement vector, string key)
    {
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(vector.Text("connection")!));
        var expected = "sha256=" + string.Concat(hash.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
        return vector.Text("signature")!.Split(',').Contains(expected, StringComparer.OrdinalIgnoreCase);
    }

    private static string[] Keys(JsonElement vector) => [.. vector.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!)];
}
