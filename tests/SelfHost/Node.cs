using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Codec;
using Serverless.Connections;
using Serverless.Events;
using Serverless.Log;
using Serverless.SelfHost.Hosting;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost;

/// <summary>A node within the test's process, on a real port: so a test sees what it stored. Its environment is Production.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Node(WebApplication app)
    {
        _app = app;
        Http = new() { BaseAddress = new(app.Urls.First()) };
    }

    public HttpClient Http { get; }

    /// <summary>A service of it.</summary>
    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>How many clients are connected to it.</summary>
    public int Connections => _app.Services.GetRequiredService<NodeConnections>().Count;

    public Uri Address => Http.BaseAddress!;

    /// <summary>The rooms of its clients, one for each client.</summary>
    public IReadOnlyList<string> Rooms => [.. _app.Services.GetRequiredService<NodeConnections>().All.Select(client => client.Placed.Room ?? "")];

    public static async Task<Node> StartAsync(params (string Setting, string Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Serverless:Log:Kind"] = "memory",
            ["Serverless:Keys:Primary"] = NodeProcess.Key,
        };
        foreach (var (setting, value) in settings)
        {
            all[setting] = value;
        }

        var app = NodeApplication.Build(all);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new(app);
    }

    /// <summary>A call with a token that is good for it.</summary>
    /// <param name="method">The verb.</param>
    /// <param name="target">Path and query, as they shall stand in the request.</param>
    /// <param name="body">With its content type.</param>
    /// <param name="headers">More headers.</param>
    public async Task<HttpResponseMessage> CallAsync(
        string method, string target, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        var uri = new Uri($"{Address.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new(method), uri) { Content = body };
        request.Headers.Authorization = new("Bearer", Jwt.ForApi($"http://localhost{target.Split('?')[0]}", NodeProcess.Key));
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>All events of a hub.</summary>
    public async Task<IReadOnlyList<Event>> StoredAsync(string hub)
    {
        var stop = TestContext.Current.CancellationToken;
        var stream = new StreamName(hub);
        var page = Assert.IsType<ReadResult.Page>(
            await _app.Services.GetRequiredService<IEventLog>().ReadAsync(stream, ReadFrom.Start, int.MaxValue, stop));
        var codec = _app.Services.GetRequiredService<FrameCodec>();
        return [.. page.Entries.SelectMany(entry => codec.Decode(stream, entry.Last.Offset, entry.Frame))];
    }

    /// <summary>Waits until a hub's events are as they shall be.</summary>
    public async Task UntilStoredAsync(string hub, Predicate<IReadOnlyList<Event>> condition)
    {
        var log = _app.Services.GetRequiredService<IEventLog>();
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        await foreach (var _ in log.FollowAsync(new StreamName(hub), ReadFrom.Start, guard.Token))
        {
            if (condition(await StoredAsync(hub)))
            {
                return;
            }
        }
    }

    /// <summary>Changes a setting while it runs, as a change of a file does.</summary>
    public void Change(string setting, string value)
    {
        var configuration = (IConfigurationRoot)_app.Configuration;
        configuration[setting] = value;
        configuration.Reload();
    }

    /// <summary>Stops it in order.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
