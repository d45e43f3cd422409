namespace Serverless.SelfHost.Rest;

/// <summary>The body of an error. Contract, section 3.2.</summary>
internal sealed record ErrorDetail(string Code, string Message);
