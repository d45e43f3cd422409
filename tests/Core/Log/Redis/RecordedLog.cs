using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serverless.Log.Redis;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordedLog : ILogger<RedisEventLog>
{
    public ConcurrentQueue<(int Id, LogLevel Level, string Text)> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((eventId.Id, logLevel, formatter(state, exception)));
}
