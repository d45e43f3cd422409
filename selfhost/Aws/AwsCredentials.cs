namespace Serverless.SelfHost.Aws;

/// <summary>The instance role's credentials for some hours.</summary>
/// <param name="AccessKeyId">Its name.</param>
/// <param name="SecretAccessKey">Never told.</param>
/// <param name="Token">Sent along with each request; null for a user's lasting key.</param>
internal sealed record AwsCredentials(string AccessKeyId, string SecretAccessKey, string? Token)
{
    public override string ToString() => AccessKeyId;
}
