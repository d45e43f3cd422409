namespace Serverless.SelfHost.Aws;

/// <summary>What a signature is good for.</summary>
/// <param name="Region">Such as <c>eu-west-1</c>.</param>
/// <param name="Service">Such as <c>autoscaling</c>.</param>
internal readonly record struct SignatureScope(string Region, string Service);
