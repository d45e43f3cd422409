namespace Serverless.Tests.Infra.Container;

/// <summary>A file of a layer.</summary>
/// <param name="Path">Relative, with slashes: <c>app/Serverless.SelfHost.dll</c>.</param>
/// <param name="Mode">Who may do what.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record ImageFile(string Path, UnixFileMode Mode, byte[] Content);
