using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Reads pages of history.</summary>
internal static class PageReader
{
    private const int MostEntries = 1000;

    /// <summary>How often a page is read again that the stream changed under; after that, what follows isn't there.</summary>
    private const int Tries = 4;

    /// <summary>Reads what follows a position, and has the master judge it afterwards: what a crash took in between is not handed out.</summary>
    public static async Task<ReadResult> ReadAsync(RedisStream stream, IDatabase database, AppendScript script, Position after, int maxBytes)
    {
        for (var tries = 1; ; tries++)
        {
            // sent one after the other over one connection: the check sees nothing older than the read did
            var count = Math.Clamp(maxBytes / stream.FrameBytes, 1, MostEntries);
            var reading = database.StreamRangeAsync(stream.Keys.Log, RedisEntries.Id(after.Offset + 1), "+", count, flags: CommandFlags.DemandMaster);
            var checking = script.CheckAsync(stream);
            await Task.WhenAll(reading, checking);
            var head = (await checking).Head;
            if (head.Judge(after) is { } reason)
            {
                return new ReadResult.Reset(reason, head);
            }

            var found = await reading;
            var page = Take(stream, found, head, after, maxBytes);
            if (page.Count > 0 || found.Length == 0)
            {
                return new ReadResult.Page(page);
            }

            if (tries == Tries)
            {
                return new ReadResult.Reset(ResetReason.Trimmed, head);
            }
        }
    }

    // up to the first gap, or the first entry that is no longer there
    private static List<LogEntry> Take(RedisStream stream, StreamEntry[] found, StreamHead head, Position after, int maxBytes)
    {
        var page = new List<LogEntry>(found.Length);
        var bytes = 0L;
        for (var i = 0; i < found.Length && bytes < maxBytes; i++)
        {
            var entry = RedisEntries.Read(stream.Name, found[i]);
            var follows = (i == 0 && after == Position.Start) || entry.FirstOffset <= after.Offset + 1;
            if (!follows || head.Judge(entry.Last) is not (null or ResetReason.Trimmed))
            {
                break;
            }

            page.Add(entry);
            after = entry.Last;
            bytes += entry.Frame.Length;
        }

        if (page.Count > 0)
        {
            stream.FrameBytes = (int)(bytes / page.Count);
        }

        return page;
    }
}
