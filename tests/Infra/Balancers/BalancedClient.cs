using System.Net;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>A stock .NET client with automatic reconnect behind a balancer, and what happens to it.</summary>
internal sealed class BalancedClient : IRetryPolicy, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<int> _received = [];
    private readonly CookieContainer _cookies = new();
    private readonly HubConnection _connection;
    private int _losses;

    /// <param name="name">Who it is, in nginx's log.</param>
    /// <param name="url">Where it connects or negotiates.</param>
    /// <param name="transport">The only one that it may use.</param>
    /// <param name="address">Where it comes from, as the proxy before nginx says.</param>
    /// <param name="token">With none it is given one by negotiation.</param>
    public BalancedClient(string name, string url, HttpTransportType transport, string address, string? token)
    {
        (Name, Transport) = (name, transport);
        _connection = new HubConnectionBuilder()
            .WithUrl(url, transport, options =>
            {
                options.Cookies = _cookies;
                options.Headers[NginxServer.ClientHeader] = name;
                options.Headers["X-Real-IP"] = address;
                if (token is not null)
                {
                    options.AccessTokenProvider = () => Task.FromResult<string?>(token);
                }
            })
            .WithAutomaticReconnect(this)
            .Build();
        _connection.On("said", (int number) =>
        {
            lock (_lock)
            {
                _received.Add(number);
            }
        });
        _connection.Reconnecting += _ =>
        {
            Interlocked.Increment(ref _losses);
            return Task.CompletedTask;
        };
    }

    public string Name { get; }

    public HttpTransportType Transport { get; }

    /// <summary>How often it lost its connection.</summary>
    public int Losses => Volatile.Read(ref _losses);

    public bool IsConnected => _connection.State == HubConnectionState.Connected;

    /// <summary>The numbers that it was sent, in order.</summary>
    public IReadOnlyList<int> Received
    {
        get
        {
            lock (_lock)
            {
                return [.. _received];
            }
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken) => await _connection.StartAsync(cancellationToken);

    /// <summary>A call that is answered.</summary>
    public Task JoinAsync(CancellationToken cancellationToken) => _connection.InvokeAsync("JoinGroup", "lobby", cancellationToken);

    /// <summary>The cookie that it has of a balancer.</summary>
    public string? Cookie(string url) => _cookies.GetCookies(new Uri(url))["srvless"]?.Value;

    public TimeSpan? NextRetryDelay(RetryContext retryContext) =>
        retryContext.ElapsedTime < TimeSpan.FromSeconds(30) ? TimeSpan.FromMilliseconds(Math.Min(1000, 100 * retryContext.PreviousRetryCount)) : null;

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
