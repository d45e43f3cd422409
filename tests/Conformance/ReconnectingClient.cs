using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>A stock client with automatic reconnect, in either language, and what happens to it.</summary>
internal abstract class ReconnectingClient : IAsyncDisposable
{
    /// <summary>The factory was asked and gave the next token.</summary>
    public const string Renewed = "renewed";

    /// <summary>Connects.</summary>
    /// <param name="language">JavaScript or .NET.</param>
    /// <param name="url">With ?hub=.</param>
    /// <param name="transport">The only one that it may use.</param>
    /// <param name="tokens">Makes what its factory gives, just before it connects: time that a process takes to start isn't a token's. None: it has no factory.</param>
    public static async Task<ReconnectingClient> StartAsync(string language, string url, HttpTransportType transport, Func<FactoryTokens>? tokens = null) =>
        language == ".NET" ? await DotNet.ConnectAsync(url, transport, tokens?.Invoke()) : await JavaScript.ConnectAsync(url, transport, tokens);

    /// <summary>Whether its factory was asked and gave the next token.</summary>
    public bool IsRenewed { get; private set; }

    /// <summary>The detail of the next event, which must be of this name; that the factory gave the next token may come at any time.</summary>
    public async Task<string?> ExpectAsync(string name)
    {
        string? next, detail;
        do
        {
            (next, detail) = await NextAsync();
            IsRenewed |= next == Renewed;
        }
        while (next == Renewed && name != Renewed);
        Assert.True(next == name, $"Not '{name}' came, but '{next}': {detail}");
        return detail;
    }

    public abstract ValueTask DisposeAsync();

    protected abstract Task<(string Event, string? Detail)> NextAsync();

    private sealed class JavaScript(NodeJsScript script) : ReconnectingClient
    {
        public static async Task<JavaScript> ConnectAsync(string url, HttpTransportType transport, Func<FactoryTokens>? tokens)
        {
            var client = new JavaScript(NodeJsScript.Start("reconnect.mjs", url, transport.ToString()));
            await client.ExpectAsync("loaded");
            await client.WriteAsync(tokens?.Invoke());
            return client;
        }

        protected override Task<(string Event, string? Detail)> NextAsync() => script.NextAsync();

        public override ValueTask DisposeAsync() => script.DisposeAsync();

        private Task WriteAsync(FactoryTokens? tokens) => script.WriteAsync(
            tokens is null ? "{}" : JsonSerializer.Serialize(new { token = tokens.First, until = tokens.Until.ToUnixTimeMilliseconds(), next = tokens.Next }));
    }

    private sealed class DotNet : ReconnectingClient, IRetryPolicy
    {
        private readonly Channel<(string, string?)> _events = Channel.CreateUnbounded<(string, string?)>();
        private readonly HubConnection _connection;
        private int _renewals;

        private DotNet(string url, HttpTransportType transport, FactoryTokens? tokens)
        {
            _connection = new HubConnectionBuilder()
                .WithUrl(url, options =>
                {
                    options.Transports = transport;
                    options.AccessTokenProvider = tokens is null ? null : () => TokenAsync(tokens);
                })
                .WithAutomaticReconnect(this)
                .Build();
            _connection.Reconnecting += error => AddAsync("reconnecting", error?.Message);
            _connection.Reconnected += id => AddAsync("reconnected", id);
            _connection.Closed += error => AddAsync("closed", error?.Message);
            _connection.On<string>("said", text => AddAsync("said", text));
        }

        public static async Task<DotNet> ConnectAsync(string url, HttpTransportType transport, FactoryTokens? tokens)
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

        private async Task<string?> TokenAsync(FactoryTokens tokens)
        {
            if (TimeProvider.System.GetUtcNow() < tokens.Until)
            {
                return tokens.First;
            }

            if (Interlocked.Increment(ref _renewals) == 1)
            {
                await AddAsync(Renewed, null);
            }

            return tokens.Next;
        }

        private Task AddAsync(string name, string? detail) => _events.Writer.WriteAsync((name, detail)).AsTask();
    }
}

/// <summary>What a client's factory gives.</summary>
/// <param name="First">The access token until then.</param>
/// <param name="Until">When it gives the next one.</param>
/// <param name="Next">From then on.</param>
internal sealed record FactoryTokens(string First, DateTimeOffset Until, string Next);
