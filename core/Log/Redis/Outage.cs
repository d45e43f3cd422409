using Microsoft.Extensions.Logging;

namespace Serverless.Log.Redis;

/// <summary>Tells once when followers can't reach Redis, and once when all of them can again. Thread-safe.</summary>
internal sealed class Outage(string endPoints, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _partitions = [];

    /// <summary>A read of this partition failed.</summary>
    public void Failed(int partition, Exception exception)
    {
        lock (_lock)
        {
            if (_partitions.Count == 0)
            {
                RedisEventLog.Log.OutOfReach(logger, endPoints, exception);
            }
            else
            {
                RedisEventLog.Log.StillOutOfReach(logger, partition, endPoints, exception);
            }

            _partitions.Add(partition);
        }
    }

    /// <summary>A read of this partition succeeded.</summary>
    public void Ended(int partition)
    {
        lock (_lock)
        {
            if (_partitions.Remove(partition) && _partitions.Count == 0)
            {
                RedisEventLog.Log.InReach(logger, endPoints);
            }
        }
    }
}
