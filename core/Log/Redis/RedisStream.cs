using System.Globalization;
using Microsoft.Extensions.Logging;
using Serverless.Events;

namespace Serverless.Log.Redis;

/// <summary>
/// What this process knows of one stream: its latest state, the highest position seen, the highest that was acknowledged to an append of this
/// process, and the stream's followers. Thread-safe.
/// </summary>
internal sealed class RedisStream(
    StreamName name, RedisKeys keys, Func<StreamName, Position, CancellationToken, ValueTask<ReadResult>> read, ILogger logger)
{
    private readonly Lock _lock = new();
    private (string Text, IReadOnlyList<EpochBeginning> List) _epochs = ("", []);
    private int _frameBytes = 64 * 1024;
    private long _issued;
    private long _observed;
    private StreamHead? _head;
    private Position _highest = Position.Start;
    private Position _acknowledged = Position.Start;
    private Following _followers = new(name, read);

    public StreamName Name => name;

    public RedisKeys Keys => keys;

    /// <summary>Called, outside of any order, after a new epoch was seen.</summary>
    public Action? EpochChanged { get; set; }

    /// <summary>About how long a frame is: how many entries make a page.</summary>
    public int FrameBytes
    {
        get => Volatile.Read(ref _frameBytes);
        set => Volatile.Write(ref _frameBytes, Math.Max(1, value));
    }

    /// <summary>Those who follow the stream. Others take their place when an append of this process turns out to be lost.</summary>
    public Following Followers
    {
        get
        {
            lock (_lock)
            {
                return _followers;
            }
        }
    }

    /// <summary>The highest position that this process knows to have existed in the current epoch.</summary>
    public Position Highest
    {
        get
        {
            lock (_lock)
            {
                return _highest;
            }
        }
    }

    /// <summary>Numbers a question to the master as it is sent: answers are taken in that order.</summary>
    public long Ticket() => Interlocked.Increment(ref _issued);

    /// <summary>The list of epochs, as the script writes it.</summary>
    public IReadOnlyList<EpochBeginning> Epochs(string text)
    {
        lock (_lock)
        {
            if (_epochs.Text != text)
            {
                var words = text.Split(' ');
                var list = new EpochBeginning[words.Length / 2];
                for (var i = 0; i < list.Length; i++)
                {
                    list[i] = new(words[2 * i], long.Parse(words[(2 * i) + 1], CultureInfo.InvariantCulture));
                }

                _epochs = (text, list);
            }

            return _epochs.List;
        }
    }

    /// <summary>Takes an answer of the master. When it tells of a new epoch, the followers' places are judged anew; when an acknowledged append
    /// is lost, all of them get a reset, wherever they are.</summary>
    /// <param name="ticket">The number of the question.</param>
    /// <param name="head">The answer.</param>
    /// <param name="acknowledged">The position of an append of this process; else <see cref="Position.Start"/>.</param>
    public void Observe(long ticket, StreamHead head, Position acknowledged)
    {
        string? began = null;
        lock (_lock)
        {
            // an answer that a later one has overtaken counts only for its acknowledgement
            if (ticket > _observed)
            {
                began = _head is { } before && before.Head.Epoch != head.Head.Epoch ? before.Head.Epoch : null;
                _observed = ticket;
                _head = head;
                _highest = Higher(_highest, head.Head);
            }

            if ((Lost(_acknowledged) ?? Lost(acknowledged)) is { } reason)
            {
                RedisEventLog.Log.AppendsLost(logger, name, _head!.Head.Epoch, _head.Head.Offset);
                _acknowledged = Position.Start;
                _followers.End(new(reason, _head));
                _followers = new(name, read);
            }
            else if (acknowledged.Offset > _acknowledged.Offset)
            {
                _acknowledged = acknowledged;
            }

            if (began is not null)
            {
                _followers.Recheck();
            }
        }

        if (began is not null)
        {
            RedisEventLog.Log.EpochBegan(logger, name, head.Head.Epoch, began, head.Epochs[^1].Head);
            EpochChanged?.Invoke();
        }
    }

    /// <summary>Hands on an entry that was read at the tail.</summary>
    public void Publish(LogEntry entry)
    {
        lock (_lock)
        {
            if (_highest.Epoch == entry.Last.Epoch && _highest.Offset < entry.Last.Offset)
            {
                _highest = entry.Last;
            }

            _followers.Publish(entry);
        }
    }

    // within an epoch nothing is lost, and what seems to be beyond the head is an answer out of turn
    private ResetReason? Lost(Position position) =>
        position.Epoch != _head!.Head.Epoch && _head.Judge(position) is { } reason and not ResetReason.Trimmed ? reason : null;

    private static Position Higher(Position seen, Position head) => seen.Epoch == head.Epoch && seen.Offset > head.Offset ? seen : head;
}
