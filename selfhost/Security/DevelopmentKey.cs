namespace Serverless.SelfHost.Security;

/// <summary>The access key that everybody knows, so that a first trial needs no settings. It counts in Development and on loopback addresses only.</summary>
internal static class DevelopmentKey
{
    public const string Value = "serverless-development-key-known-to-everybody";
}
