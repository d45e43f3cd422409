using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>
/// Brings the streams of a file into memory, and begins an epoch for each unless nothing can have been lost: the run before synced each commit, or the
/// machine hasn't been started since, so that what a process wrote is there however the process ended.
/// </summary>
internal sealed class EmbeddedOpening(SqliteConnection connection, WriterStatements statements, LogOptions options)
{
    /// <summary>Lives of a stream that are kept; positions in older ones are reset.</summary>
    private const int MaxEpochs = 256;

    /// <summary>Changes with each start of the machine; where there is none, each opening counts as one.</summary>
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";

    /// <summary>Whether epochs were begun.</summary>
    public bool MayHaveLost { get; private set; }

    /// <summary>Loads all streams. What it writes is synced, whatever is set: a mode or a boot that the next opening doesn't find would mislead it.</summary>
    public ConcurrentDictionary<StreamName, EmbeddedStream> Load()
    {
        EmbeddedFile.Execute(connection, "PRAGMA synchronous = FULL");
        statements.Begin.Run();
        var boot = File.Exists(BootIdPath) ? File.ReadAllText(BootIdPath).Trim() : Guid.NewGuid().ToString();
        MayHaveLost = ReadMeta("fsync") is { } fsync && fsync != nameof(FsyncMode.Commit) && ReadMeta("boot") != boot;
        var streams = new ConcurrentDictionary<StreamName, EmbeddedStream>();
        foreach (var (id, name, trimmed) in ReadStreams())
        {
            streams[name] = Load(id, name, trimmed);
        }

        statements.SetMeta.Bind(1, "boot").Bind(2, boot).Run();
        statements.SetMeta.Bind(1, "fsync").Bind(2, options.Fsync.ToString()).Run();
        statements.Commit.Run();
        EmbeddedFile.Execute(connection, options.Fsync == FsyncMode.Commit ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        return streams;
    }

    private EmbeddedStream Load(long id, StreamName name, long trimmed)
    {
        var (first, last, time, total, totalTrimmed) = ReadEntries(id) ?? (trimmed + 1, trimmed, 0, 0, 0);
        var epochs = ReadEpochs(id);
        if (first != trimmed + 1 || epochs.Count == 0 || epochs.Any(epoch => epoch.Head < 0 || epoch.Head > last))
        {
            throw new InvalidDataException($"stream {name} holds offsets {first} to {last}, which its row or its epochs contradict");
        }

        if (MayHaveLost)
        {
            BeginEpoch(id, epochs, last, trimmed);
        }

        var keys = new StreamKeys(options.KeyWindow);
        ReadKeys(id, keys);
        keys.Advance(DateTimeOffset.FromUnixTimeMilliseconds(time), last + 1);
        return new(id, name, new(new(epochs[^1].Epoch, last), trimmed, epochs), total, totalTrimmed, ReadSnapshot(id, last), keys);
    }

    private void BeginEpoch(long id, List<EpochBeginning> epochs, long head, long trimmed)
    {
        var epoch = RandomNumberGenerator.GetHexString(16, lowercase: true);
        statements.InsertEpoch.Bind(1, id).Bind(2, epoch).Bind(3, head).Run();
        epochs.Add(new(epoch, head));

        // a position in a life that ended before what is held is reset anyway
        while (epochs.Count > MaxEpochs || (epochs.Count > 1 && epochs[1].Head < trimmed))
        {
            epochs.RemoveAt(0);
        }

        statements.DeleteEpochs.Bind(1, id).Bind(2, epochs.Count).Run();
    }

    /// <returns>The offset of the last event in the stream's snapshot. One that has what was lost is no use.</returns>
    private long? ReadSnapshot(long id, long head)
    {
        using var row = new Statement(connection, "SELECT last FROM snapshots WHERE stream = ?1");
        return row.Bind(1, id).Step() && row.Long(0) <= head ? row.Long(0) : null;
    }

    private string? ReadMeta(string name)
    {
        using var row = new Statement(connection, "SELECT value FROM meta WHERE name = ?1");
        return row.Bind(1, name).Step() ? row.Text(0) : null;
    }

    private List<(long Id, StreamName Name, long Trimmed)> ReadStreams()
    {
        using var rows = new Statement(connection, "SELECT id, hub, shard, trimmed FROM streams");
        var streams = new List<(long, StreamName, long)>();
        while (rows.Step())
        {
            streams.Add((rows.Long(0), EmbeddedSchema.StreamOf(rows.Text(1), (int)rows.Long(2)), rows.Long(3)));
        }

        return streams;
    }

    private (long First, long Last, long Time, long Total, long TotalTrimmed)? ReadEntries(long id)
    {
        using var oldest = new Statement(
            connection, "SELECT last - count + 1, total - length(frame) FROM entries WHERE stream = ?1 ORDER BY last LIMIT 1");
        using var newest = new Statement(connection, "SELECT last, time, total FROM entries WHERE stream = ?1 ORDER BY last DESC LIMIT 1");
        return oldest.Bind(1, id).Step() && newest.Bind(1, id).Step()
            ? (oldest.Long(0), newest.Long(0), newest.Long(1), newest.Long(2), oldest.Long(1))
            : null;
    }

    private List<EpochBeginning> ReadEpochs(long id)
    {
        using var rows = new Statement(connection, "SELECT epoch, head FROM epochs WHERE stream = ?1 ORDER BY number");
        var epochs = new List<EpochBeginning>();
        rows.Bind(1, id);
        while (rows.Step())
        {
            epochs.Add(new(rows.Text(0), rows.Long(1)));
        }

        return epochs;
    }

    private void ReadKeys(long id, StreamKeys keys)
    {
        using var rows = new Statement(connection, "SELECT first, time, keys FROM keys WHERE stream = ?1 ORDER BY first");
        rows.Bind(1, id);
        while (rows.Step())
        {
            keys.Load(rows.Long(0), DateTimeOffset.FromUnixTimeMilliseconds(rows.Long(1)), rows.Bytes(2));
        }
    }
}
