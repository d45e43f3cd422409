using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Events;
using Serverless.FanOut.AzureSignalR;
using Serverless.Hosting;
using Serverless.Log;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.FanOut.AzureSignalR;

/// <summary>The pipeline with Azure SignalR as its fan-out, in a host without a server of its own. It delivers the hub <c>chat</c>.</summary>
internal sealed class FanOutHost : IAsyncDisposable
{
    private readonly IHost _host;

    private FanOutHost(IHost host, RecordedMessages messages) => (_host, Messages) = (host, messages);

    /// <summary>What it logged.</summary>
    public RecordedMessages Messages { get; }

    public IEventLog Log => _host.Services.GetRequiredService<IEventLog>();

    /// <param name="endpoint">Where it sends.</param>
    /// <param name="log">An opened log, which outlives it.</param>
    /// <param name="settings">More settings, by their names in their section.</param>
    public static async Task<FanOutHost> StartAsync(string endpoint, IEventLog log, params (string Setting, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Serverless:AzureSignalR:ConnectionString"] = $"Endpoint={endpoint};AccessKey={NodeProcess.Key};Version=1.0;",
            ["Serverless:AzureSignalR:Hubs:0"] = "Chat",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(one => KeyValuePair.Create($"Serverless:AzureSignalR:{one.Setting}", (string?)one.Value)));
        var messages = new RecordedMessages();
        builder.Logging.AddProvider(messages);
        builder.Services.AddServerlessCore();
        builder.Services.AddSingleton(log);
        builder.Services.AddServerlessAzureSignalR();
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host, messages);
    }

    /// <summary>Appends events in one entry.</summary>
    public async Task<Position> AppendAsync(params Event[] events) =>
        (await _host.Services.GetRequiredService<Pipeline>().AppendAsync(TestEvents.Chat, events, TestContext.Current.CancellationToken))[^1].Position;

    /// <summary>Waits until all up to a position is delivered.</summary>
    public async Task UntilDeliveredAsync(Position position)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(Guard.Time);
        while (await Log.ReadCheckpointAsync(TestEvents.Chat, AzureSignalRFanOut.Reader, guard.Token) is not [var at, ..] || at.Offset < position.Offset)
        {
            await Task.Delay(20, guard.Token);
        }
    }

    public Task StopAsync() => _host.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
