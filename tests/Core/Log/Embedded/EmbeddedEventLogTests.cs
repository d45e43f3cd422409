using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Embedded;

namespace Serverless.Tests.Core.Log.Embedded;

public sealed class EmbeddedEventLogTests : EventLogConformance
{
    private readonly TempFolder _folder = new();

    public EmbeddedEventLogTests() => LogOptions.Path = _folder.Path;

    protected override ValueTask<IEventLog> CreateAsync() =>
        ValueTask.FromResult<IEventLog>(new EmbeddedEventLog(Options.Create(LogOptions), TimeProvider.System, NullLogger<EmbeddedEventLog>.Instance));

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
