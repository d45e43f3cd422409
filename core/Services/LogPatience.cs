using Serverless.Log;

namespace Serverless.Services;

/// <summary>What nobody repeats, such as what services do when a client comes or goes, is tried again here while the log doesn't answer.</summary>
public static class LogPatience
{
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(800), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6)];

    /// <summary>Does something, at most five times within about 10 s.</summary>
    /// <param name="action">All of it may be done twice: its events have keys.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops the wait between two attempts.</param>
    /// <exception cref="LogUnavailableException">The log didn't answer the last time either.</exception>
    public static async Task RepeatAsync(Func<Task> action, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await action();
                return;
            }
            catch (LogUnavailableException) when (attempt < Pauses.Length)
            {
                // the last one is thrown
                await Task.Delay(Pauses[attempt], time, cancellationToken);
            }
        }
    }
}
