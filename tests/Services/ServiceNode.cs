using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Tests.Fixtures;
using Serverless.Tests.Fixtures.Functions;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.Services;

/// <summary>Two nodes over one Redis whose clients' calls are served by the services of <c>core</c>.</summary>
public abstract class ServiceNode : IAsyncLifetime
{
    private readonly RedisServer _redis = new();

    protected string Redis => _redis.EndPoint;

    internal NodeProcess First { get; private set; } = null!;

    internal NodeProcess Second { get; private set; } = null!;

    /// <summary>What was logged where the services run, for clients of <see cref="First"/>.</summary>
    internal abstract string Logged { get; }

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        var settings = await SettingsAsync();
        First = await New(settings).StartAsync();
        Second = await New(settings).StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        await _redis.DisposeAsync();
    }

    /// <summary>A stock client of a hub, started, of a user whose token says what it may do.</summary>
    internal static async Task<HubConnection> ConnectAsync(
        NodeProcess node, string hub, string user, string protocol, Action<HubConnection>? prepare = null, params (string Name, string Value)[] claims)
    {
        var url = $"{node.Url}/client/?hub={hub}";
        var token = Jwt.ForClient(hub, user, NodeProcess.Key, claims);
        var builder = new HubConnectionBuilder().WithUrl(url, options => options.AccessTokenProvider = () => Task.FromResult<string?>(token));
        var connection = (protocol == "messagepack" ? builder.AddMessagePackProtocol() : builder).Build();
        prepare?.Invoke(connection);
        await connection.StartAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    protected abstract Task<Dictionary<string, string>> SettingsAsync();

    private NodeProcess New(Dictionary<string, string> settings) =>
        new() { Log = "redis", Arguments = ["--redis", _redis.EndPoint], Settings = settings, Environment = "Production" };
}

/// <summary>The nodes run the services themselves.</summary>
public sealed class InProcessNode : ServiceNode
{
    internal override string Logged => First.Output;

    protected override Task<Dictionary<string, string>> SettingsAsync() => Task.FromResult(new Dictionary<string, string> { ["Serverless:Handlers:Enabled"] = "true" });
}

/// <summary>The nodes post what clients do to a host of triggers, which runs the services.</summary>
public sealed class WebhookNode : ServiceNode
{
    private ExtensionHost? _host;

    internal override string Logged => _host!.Logged.Text;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    protected override async Task<Dictionary<string, string>> SettingsAsync()
    {
        _host = await ExtensionHost.StartAsync(NodeProcess.Key, Redis);
        return new() { ["Serverless:Upstream:Templates:0:UrlTemplate"] = _host.Template };
    }
}
