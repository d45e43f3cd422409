namespace Serverless.Tests.Fixtures;

/// <summary>A manifest as it was sent, and its media type.</summary>
internal sealed record OciManifest(string MediaType, byte[] Bytes);
