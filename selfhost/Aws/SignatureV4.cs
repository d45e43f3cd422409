using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.SelfHost.Aws;

/// <summary>Signs requests of a query API as AWS asks for, version 4: a POST to <c>/</c> whose parameters are its body. AWS' SDK would do it with a clock of its own, and
/// for credentials that it finds itself.</summary>
internal static class SignatureV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Adds the headers that say who sends the request, and when.</summary>
    /// <param name="request">With its absolute address, without a query, and the headers that are to be signed.</param>
    /// <param name="body">What its content is.</param>
    /// <param name="credentials">Who signs.</param>
    /// <param name="scope">What the signature is good for.</param>
    /// <param name="now">Good for 5 minutes around it.</param>
    public static void Sign(HttpRequestMessage request, byte[] body, AwsCredentials credentials, SignatureScope scope, DateTimeOffset now)
    {
        var moment = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", moment);
        if (credentials.Token is { } token)
        {
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", token);
        }

        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = request.Headers.Host ?? request.RequestUri!.Authority };
        foreach (var (name, values) in request.Headers.Concat(request.Content?.Headers.Where(header => header.Key == "Content-Type") ?? []))
        {
            headers[name.ToLowerInvariant()] = string.Join(',', values).Trim();
        }

        var names = string.Join(';', headers.Keys);
        var canonical = $"{request.Method}\n{request.RequestUri!.AbsolutePath}\n\n{string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"))}\n{names}\n{Hash(body)}";
        var place = $"{moment[..8]}/{scope.Region}/{scope.Service}/aws4_request";
        var text = $"{Algorithm}\n{moment}\n{place}\n{Hash(Encoding.UTF8.GetBytes(canonical))}";
        var key = new[] { moment[..8], scope.Region, scope.Service, "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes($"AWS4{credentials.SecretAccessKey}"), Mac);
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={credentials.AccessKeyId}/{place}, SignedHeaders={names}, Signature={Convert.ToHexStringLower(Mac(key, text))}");
    }

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
