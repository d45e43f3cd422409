using System.Collections.Concurrent;
using Microsoft.Playwright;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>The stock client for browsers in a page of the node, with the one transport that it may use, and what happens to it.</summary>
internal sealed class BrowserClient : IAsyncDisposable
{
    private const string Script = """
        async ({ url, transport, group }) => {
          window.seen = [];
          window.connection = new signalR.HubConnectionBuilder()
            .withUrl(url, { transport: signalR.HttpTransportType[transport] })
            .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 100 })
            .configureLogging(signalR.LogLevel.None)
            .build();
          const enter = () => connection.invoke('JoinGroup', group);
          connection.on('said', (from, number) => seen.push(`${from} ${number}`));
          connection.onreconnecting(() => seen.push('reconnecting'));
          connection.onreconnected(async id => { await enter(); seen.push('reconnected'); });
          await connection.start();
          await enter();
          return connection.connectionId;
        }
        """;

    private readonly IBrowserContext _context;
    private readonly IPage _page;

    private BrowserClient(IBrowserContext context, IPage page) => (_context, _page) = (context, page);

    /// <summary>Method, what is accepted, and path: <c>GET text/event-stream /client/</c>. The browser adds to them while a test reads.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The addresses of its WebSockets.</summary>
    public ConcurrentQueue<string> Sockets { get; } = [];

    /// <summary>Opens a page, connects, and joins a group.</summary>
    public static async Task<BrowserClient> JoinAsync(ChromiumBrowser browser, NodeProcess node, string transport, string user, string group)
    {
        var context = await browser.OpenAsync(new());
        var client = new BrowserClient(context, await context.NewPageAsync());
        client._page.Request += (_, request) => client.Requests.Enqueue($"{request.Method} {request.Headers.GetValueOrDefault("accept")} {new Uri(request.Url).AbsolutePath}");
        client._page.WebSocket += (_, socket) => client.Sockets.Enqueue(socket.Url);
        // the chat page brings the client along, and connects only when it is told a name
        await client._page.GotoAsync($"{node.Url}/");
        var id = await client._page.EvaluateAsync<string>(Script, new { url = $"/api?hub=chat&user={user}", transport, group });
        Assert.NotEmpty(id);
        return client;
    }

    /// <summary>Says numbers to the group, each when the one before is stored.</summary>
    public Task SayAsync(string group, string from, params int[] numbers) => _page.EvaluateAsync(
        "async ({ group, from, numbers }) => { for (const n of numbers) await connection.invoke('SendToGroup', group, 'said', from, n); }",
        new { group, from, numbers });

    /// <summary>Waits until just this has happened, in this order.</summary>
    public async Task SeesAsync(params string[] events)
    {
        try
        {
            await _page.WaitForFunctionAsync("count => seen.length >= count", events.Length, new() { Timeout = 60_000 });
        }
        finally
        {
            Assert.Equal(events, await _page.EvaluateAsync<string[]>("seen"));
        }
    }

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
