using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>A stock client with automatic reconnect, in either language, and what happens to it.</summary>
internal abstract class ReconnectingClient : IAsyncDisposable
{
    /// <summary>Connects.</summary>
    /// <param name="language">JavaScript or .NET.</param>
    /// <param name="url">With ?hub=.</param>
    /// <param name="transport">The only one that it may use.</param>
    /// <param name="tokens">None, or the access token, and the one after the first reconnect.</param>
    public static async Task<ReconnectingClient> StartAsync(string language, string url, HttpTransportType transport, params string[] tokens) =>
        language == ".NET" ? await DotNet.ConnectAsync(url, transport, tokens)
        : new JavaScript(NodeJsScript.Start("reconnect.mjs", [url, transport.ToString(), .. tokens]));

    /// <summary>The detail of the next event, which must be of this name.</summary>
    public async Task<string?> ExpectAsync(string name)
    {
        var (next, detail) = await NextAsync();
        Assert.True(next == name, $"Not '{name}' came, but '{next}': {detail}");
        return detail;
    }

    public abstract ValueTask DisposeAsync();

    protected abstract Task<(string Event, string? Detail)> NextAsync();

    private sealed class JavaScript(NodeJsScript script) : ReconnectingClient
    {
        protected override Task<(string Event, string? Detail)> NextAsync() => script.NextAsync();

        public override ValueTask DisposeAsync() => script.DisposeAsync();
    }

    private sealed class DotNet : ReconnectingClient, IRetryPolicy
    {
        private readonly Channel<(string, string?)> _events = Channel.CreateUnbounded<(string, string?)>();
        private readonly HubConnection _connection;
        private volatile string? _token;

        private DotNet(string url, HttpTransportType transport, string[] tokens)
        {
            _token = tokens.FirstOrDefault();
            _connection = new HubConnectionBuilder()
                .WithUrl(url, options =>
                {
                    options.Transports = transport;
                    options.AccessTokenProvider = tokens.Length > 0 ? () => Task.FromResult(_token) : null;
                })
                .WithAutomaticReconnect(this)
                .Build();
            _connection.Reconnecting += error =>
            {
                _token = tokens.LastOrDefault();
                return AddAsync("reconnecting", error?.Message);
            };
            _connection.Reconnected += id => AddAsync("reconnected", id);
            _connection.Closed += error => AddAsync("closed", error?.Message);
            _connection.On<string>("said", text => AddAsync("said", text));
        }

        public static async Task<DotNet> ConnectAsync(string url, HttpTransportType transport, string[] tokens)
        {
            var client = new DotNet(url, transport, tokens);
            await client._connection.StartAsync(TestContext.Current.CancellationToken);
            await client.AddAsync("connected", client._connection.ConnectionId);
            return client;
        }

        public TimeSpan? NextRetryDelay(RetryContext retryContext) => TimeSpan.FromMilliseconds(100);

        public override ValueTask DisposeAsync() => _connection.DisposeAsync();

        protected override Task<(string Event, string? Detail)> NextAsync() =>
            _events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        private Task AddAsync(string name, string? detail) => _events.Writer.WriteAsync((name, detail)).AsTask();
    }
}
