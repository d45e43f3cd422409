using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Tests.Infra.Azure;

/// <summary>Answers for the apps of all shards, and notes that it was asked.</summary>
internal sealed class HealthEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HealthEndpoint(WebApplication app) => _app = app;

    private string Url => _app.Urls.Single();

    /// <summary>Starts it.</summary>
    /// <param name="tools">Where it notes <c>health name</c>.</param>
    /// <param name="answer">Name and count of the question, from 1, to the status.</param>
    public static async Task<HealthEndpoint> StartAsync(StubTools tools, Func<string, int, int> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var counts = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        app.MapGet("/{shard}/api/health", (string shard) =>
        {
            tools.Note($"health {shard}");
            return Results.StatusCode(answer(shard, counts.AddOrUpdate(shard, 1, (_, count) => count + 1)));
        });
        await app.StartAsync();
        return new(app);
    }

    /// <summary>The output SHARDS of infra/: names with their states, <c>us:active</c>.</summary>
    public string Shards(params string[] shards) => System.Text.Json.JsonSerializer.Serialize(
        from shard in shards
        let parts = shard.Split(':')
        select new { name = parts[0], state = parts[1], resourceGroup = $"rg-{parts[0]}", healthUrl = $"{Url}/{parts[0]}/api/health" });

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
