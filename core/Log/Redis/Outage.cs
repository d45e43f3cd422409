using Microsoft.Extensions.Logging;

namespace Serverless.Log.Redis;

/// <summary>Tells once when followers can't reach Redis, and once when all of them can again. Thread-safe.</summary>
internal sealed class Outage(string endPoints, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _readers = [];

    /// <summary>A read of this reader failed.</summary>
    public void Failed(string reader, Exception exception)
    {
        lock (_lock)
        {
            if (_readers.Count == 0)
            {
                RedisEventLog.Log.OutOfReach(logger, endPoints, exception);
            }
            else
            {
                RedisEventLog.Log.StillOutOfReach(logger, reader, endPoints, exception);
            }

            _readers.Add(reader);
        }
    }

    /// <summary>A read of this reader succeeded, or it reads no longer.</summary>
    public void Ended(string reader)
    {
        lock (_lock)
        {
            if (_readers.Remove(reader) && _readers.Count == 0)
            {
                RedisEventLog.Log.InReach(logger, endPoints);
            }
        }
    }
}
