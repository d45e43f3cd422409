using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Embedded;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>An embedded log on a folder, for tests of faults: opened, closed and looked into.</summary>
internal sealed class EmbeddedLog(string folder) : IAsyncDisposable
{
    private static readonly FrameCodec Codec = new(Options.Create(new CodecOptions { CompressAbove = int.MaxValue }));

    private EmbeddedEventLog? _log;

    public static StreamName Chat { get; } = new("chat");

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    public LogOptions Settings { get; } = new() { Path = folder };

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public IEventLog Log => _log ?? throw new InvalidOperationException("The log isn't open.");

    public string FilePath => Path.Combine(folder, "serverless.db");

    public async Task<EmbeddedLog> OpenAsync()
    {
        var log = new EmbeddedEventLog(Options.Create(Settings), Time, NullLogger<EmbeddedEventLog>.Instance);
        await log.OpenAsync(Stop);
        _log = log;
        return this;
    }

    public async Task CloseAsync()
    {
        await Log.DisposeAsync();
        _log = null;
    }

    public async Task ReopenAsync(FsyncMode? fsync = null)
    {
        await CloseAsync();
        Settings.Fsync = fsync ?? Settings.Fsync;
        await OpenAsync();
    }

    public Task<Position> AppendAsync(string text) => AppendAsync(text, 0);

    /// <summary>Appends one message, whose arguments are so many bytes of noise, with its text as its key.</summary>
    public async Task<Position> AppendAsync(string text, int noise)
    {
        var now = Time.GetUtcNow();
        var arguments = new Payload(PayloadFormat.MessagePack, RandomNumberGenerator.GetBytes(noise));
        var frame = Codec.Encode([new MessageSent { Audience = Audience.Hub, Target = text, Arguments = arguments }], now);
        return Assert.IsType<AppendResult.Appended>(await Log.AppendAsync(Chat, new(frame, 1, now, [new(0, text)]), Stop)).Last;
    }

    /// <summary>Reads what a stream holds, page by page.</summary>
    public async Task<List<LogEntry>> ReadAllAsync(StreamName stream)
    {
        var entries = new List<LogEntry>();
        var from = ReadFrom.Start;
        while (Assert.IsType<ReadResult.Page>(await Log.ReadAsync(stream, from, 1 << 20, Stop)) is { Entries.Count: > 0 } page)
        {
            entries.AddRange(page.Entries);
            from = page.End;
        }

        return entries;
    }

    /// <summary>What follows a position.</summary>
    public async Task<IEnumerable<string>> TextsAsync(Position after) =>
        Texts(Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, after, 1 << 20, Stop)).Entries);

    /// <summary>Why a position can't be gone on from; null when it can.</summary>
    public Task<ResetReason?> VerifyAsync(Position position) => Log.VerifyAsync(Chat, position, Stop).AsTask();

    public async Task<List<string>> TextsAsync() => Texts(await ReadAllAsync(Chat)).ToList();

    public static IEnumerable<string> Texts(IEnumerable<LogEntry> entries) =>
        entries.SelectMany(entry => Codec.Decode(Chat, entry.Last.Offset, entry.Frame)).Select(value => ((MessageSent)value).Target);

    /// <summary>Changes the closed file with another program's eyes.</summary>
    public void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public long ReadLong(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    public ValueTask DisposeAsync() => _log?.DisposeAsync() ?? ValueTask.CompletedTask;
}
