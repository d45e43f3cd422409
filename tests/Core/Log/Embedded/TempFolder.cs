namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>A folder of one test, gone with it.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("serverless-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
