using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Embedded;
using Serverless.Tests.Core.Log.Embedded;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>The embedded log, whose file is replaced by an older copy while it is closed. What it loses, it loses of all streams.</summary>
internal sealed class EmbeddedChainStore(LogOptions options) : IChainStore
{
    private readonly TempFolder _folder = new();
    private EmbeddedEventLog? _log;
    private int _copies;

    public IReadOnlyList<IEventLog> Nodes => [_log!];

    public bool LosesBesideItsNodes => false;

    public bool Evicts => false;

    private string FilePath => Path.Combine(options.Path, "serverless.db");

    public async Task<EmbeddedChainStore> OpenAsync()
    {
        options.Path = Path.Combine(_folder.Path, "data");
        _log = new(Options.Create(options), TimeProvider.System, NullLogger<EmbeddedEventLog>.Instance);
        await _log.OpenAsync(TestContext.Current.CancellationToken);
        return this;
    }

    public Task<object?> SaveAsync(StreamName stream)
    {
        var copy = Path.Combine(_folder.Path, $"{_copies++}.db");
        using var from = new SqliteConnection($"Data Source={FilePath};Pooling=False;Mode=ReadOnly");
        using var to = new SqliteConnection($"Data Source={copy};Pooling=False");
        from.Open();
        to.Open();
        from.BackupDatabase(to);
        return Task.FromResult<object?>(copy);
    }

    public async Task LoseAsync(StreamName stream, object? saved)
    {
        await _log!.DisposeAsync();
        foreach (var file in Directory.GetFiles(options.Path, Path.GetFileName(FilePath) + "*"))
        {
            File.Delete(file);
        }

        File.Copy((string)saved!, FilePath);
        await OpenAsync();
    }

    public Task QuietAsync(StreamName stream) => Task.CompletedTask;

    public Task EvictAsync(StreamName stream, Evicted what) => throw new NotSupportedException();

    public async ValueTask DisposeAsync()
    {
        await _log!.DisposeAsync();
        _folder.Dispose();
    }
}
