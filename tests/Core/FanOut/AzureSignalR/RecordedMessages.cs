using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Serverless.Tests.Core.FanOut.AzureSignalR;

/// <summary>Keeps what is logged.</summary>
internal sealed class RecordedMessages : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _all = [];

    /// <summary>The messages with an id.</summary>
    public IReadOnlyList<string> this[int id] => [.. _all.Where(one => one.Id == id).Select(one => one.Text)];

    public string Text => string.Join('\n', _all.Select(one => one.Text));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _all.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
