using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Azure;

/// <summary>Programs that stand in for azd, az and dotnet, first on the PATH: each writes down how it was called.</summary>
internal sealed class StubTools : IDisposable
{
    /// <summary>Where stubs learn of their log.</summary>
    public const string LogVariable = "STUB_LOG";

    /// <summary>A pattern of the shell: calls that match it fail with 7.</summary>
    public const string FailVariable = "STUB_FAIL";

    private const string Script = """
        #!/bin/sh
        call="$(basename "$0") $* group=$SHARD_RESOURCE_GROUP nested=$SERVERLESS_SHARD_LOOP push=$DOTNET_CONTAINER_PUSH_REGISTRY_PWORD"
        echo "$call" >> "$STUB_LOG"
        case "$call" in ${STUB_FAIL:-none}) exit 7 ;; esac
        case "$0" in */az) echo token-of-az ;; esac

        """;

    private readonly Lock _lock = new();

    public StubTools(params string[] names)
    {
        foreach (var name in names)
        {
            Add(name, "");
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("stubs-").FullName;

    public string LogFile => Path.Combine(Folder, "log");

    /// <summary>What was called so far, without variables that weren't set.</summary>
    public IReadOnlyList<string> Calls => File.Exists(LogFile)
        ? [.. File.ReadAllLines(LogFile).Select(line => string.Join(' ', line.Split(' ').Where(word => word is not ("group=" or "nested=" or "push="))))]
        : [];

    /// <summary>Makes a stub, or makes it anew.</summary>
    /// <param name="name">The program that it stands in for.</param>
    /// <param name="more">Lines of the shell that follow what each does.</param>
    public void Add(string name, string more) => Executable.Write(Path.Combine(Folder, name), Script + more);

    /// <summary>Writes down something between the calls.</summary>
    public void Note(string text)
    {
        lock (_lock)
        {
            File.AppendAllText(LogFile, $"{text}\n");
        }
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
