namespace Serverless.SelfHost.Negotiate;

/// <summary>Where a client goes on, and with which token. Contract, section 2.1.</summary>
internal sealed record NegotiateAnswer(string Url, string AccessToken);
