using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Memory;

namespace Serverless.Tests.Core.Log;

/// <summary>The memory log's data is the log itself: reopening gives the same one.</summary>
public sealed class MemoryEventLogTests : EventLogConformance
{
    private MemoryEventLog? _log;

    protected override ValueTask<IEventLog> CreateAsync() => ValueTask.FromResult<IEventLog>(_log ??= new(Options.Create(LogOptions)));
}
