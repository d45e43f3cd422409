using Microsoft.IdentityModel.Tokens;

namespace Serverless.Services.Auth;

/// <summary>What tokens may be signed by.</summary>
internal static class SigningAlgorithms
{
    /// <summary>What counts when an issuer's settings name none.</summary>
    public static IReadOnlyList<string> Default { get; } =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>What settings may name.</summary>
    public static IReadOnlyList<string> Known { get; } =
        [.. Default, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.HmacSha256];
}
