using Serverless.Events;
using Serverless.Log;

namespace Serverless.Diagnostics;

/// <summary>Asks the log for the head of a stream of its own, where appends are decided; an answer is good for a second, whoever asks. Thread-safe.</summary>
public sealed class LogProbe(IEventLog log, TimeProvider time)
{
    private static readonly StreamName Stream = new("serverless.health");

    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Task<string?>? _answer;
    private DateTimeOffset _askedAt;

    /// <returns>Null when the log answers; else what is wrong.</returns>
    public Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_answer is null || (_answer.IsCompleted && time.GetUtcNow() - _askedAt >= Validity))
            {
                _askedAt = time.GetUtcNow();
                _answer = AskAsync();
            }

            return _answer.WaitAsync(cancellationToken);
        }
    }

    private async Task<string?> AskAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await log.HeadAsync(Stream, patience.Token).AsTask().WaitAsync(patience.Token);
            return null;
        }
        catch (LogUnavailableException fault)
        {
            return fault.Message;
        }
        catch (OperationCanceledException)
        {
            return $"The log gave no answer in {Patience.TotalSeconds:0} seconds.";
        }
    }
}
