using System.Text;
using Serverless.SelfHost.Aws;
using Xunit;

namespace Serverless.Tests.Infra.Aws;

/// <summary>AWS' published test suite for version 4, the cases that a query API without a query has.</summary>
public sealed class SignatureV4Tests
{
    private static readonly DateTimeOffset Moment = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("GET", null, null, "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", null, null, "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData(
        "POST", "application/x-www-form-urlencoded", "Param1=value1", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")]
    public void Sign_PublishedCase_GivesThePublishedSignature(string method, string? type, string? body, string headers, string signature)
    {
        using var request = new HttpRequestMessage(new(method), "https://example.amazonaws.com/");
        var bytes = Encoding.UTF8.GetBytes(body ?? "");
        if (type is not null)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.ContentType = new(type);
        }

        SignatureV4.Sign(request, bytes, new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null), new("us-east-1", "service"), Moment);

        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={headers}, Signature={signature}",
            Assert.Single(request.Headers.GetValues("Authorization")));
    }

    [Fact]
    public void Sign_SessionToken_IsSentAndSigned()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "https://example.amazonaws.com/");
        SignatureV4.Sign(request, [], new("AKIDEXAMPLE", "secret", "token"), new("us-east-1", "service"), Moment);

        Assert.Equal("token", Assert.Single(request.Headers.GetValues("X-Amz-Security-Token")));
        Assert.Contains("SignedHeaders=host;x-amz-date;x-amz-security-token,", Assert.Single(request.Headers.GetValues("Authorization")), StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_AsText_TellNoSecret() => Assert.Equal("AKIDEXAMPLE", new AwsCredentials("AKIDEXAMPLE", "secret", "token").ToString());
}
