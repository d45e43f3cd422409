using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Serverless.Tests.Fixtures.Functions;
using Xunit;

namespace Serverless.Tests.Functions;

/// <summary>The app as it starts with its sample settings: no Redis, a log of its own, and a node that it reaches by the REST API.</summary>
public sealed class WorkerLocalTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new() { Timeout = Guard };
    private readonly NodeProcess _node = new() { Log = "embedded" };
    private readonly List<int> _received = [];
    private FunctionsHost _host = null!;
    private HubConnection _client = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _node.StartAsync();
        _host = new()
        {
            Settings = new()
            {
                ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
                ["AzureSignalRConnectionString"] = $"Endpoint=http://127.0.0.1;Port={_node.Port};AccessKey={NodeProcess.Key};Version=1.0;",
                ["Serverless:Log:Redis"] = "",
            },
        };
        await _host.StartAsync();
        // the node may stand still for longer than clients usually bear
        _client = new HubConnectionBuilder().WithUrl($"{_host.Url}/api?hub=chat&user=ada").WithServerTimeout(TimeSpan.FromMinutes(5)).Build();
        _client.On<int>("number", number =>
        {
            lock (_received)
            {
                _received.Add(number);
            }
        });
        await _client.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _client.DisposeAsync();
        await _host.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Publish_ToAUserWhoNegotiatedHere_ArrivesInOrder()
    {
        for (var number = 0; number < 20; number++)
        {
            Assert.Equal(HttpStatusCode.Accepted, await PublishAsync(number));
        }

        await ReceivedAsync(20);
        Assert.Equal(Enumerable.Range(0, 20), _received);
    }

    [Fact]
    public async Task Kill_WithMessagesOnTheirWay_DeliversWhatWasAnsweredWhenItIsBack()
    {
        // the node stands still: what is answered now waits in the app's own log
        await _node.PauseAsync();
        for (var number = 0; number < 20; number++)
        {
            Assert.Equal(HttpStatusCode.Accepted, await PublishAsync(number));
        }

        var catching = new TaskCompletionSource();
        var timer = _host.InvokeTimerAsync("delivery-resend", catching.Task);
        catching.SetResult();
        Assert.NotEqual("Success", (await timer.WaitAsync(Guard, Stop)).Status);
        await _host.KillAsync();
        await _node.ResumeAsync();
        await _host.StartAsync();

        Assert.Equal(new("Success", null), await _host.InvokeTimerAsync("delivery-resend"));
        await ReceivedAsync(20);
        Assert.Equal(Enumerable.Range(0, 20), _received.Distinct());
    }

    [Fact]
    public async Task Publish_ToAHubThatNobodyDelivers_IsRefusedWithTheReason()
    {
        using var answer = await _http.PostAsync(new Uri($"{_host.Url}/api/hubs/news/publish"), new StringContent("""{"target":"number"}"""), Stop);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Serverless:AzureSignalR:Hubs", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_InAzureWithoutRedis_IsRefusedWithTheReason()
    {
        await using var host = new FunctionsHost { Settings = new() { ["WEBSITE_INSTANCE_ID"] = "one", ["AzureSignalRConnectionString"] = "" } };

        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(host.StartAsync);
        Assert.Contains("Serverless:Log:Redis isn't set", host.Output, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> PublishAsync(int number)
    {
        using var answer = await _http.PostAsJsonAsync(
            new Uri($"{_host.Url}/api/hubs/chat/publish"), new { user = "ada", target = "number", arguments = new[] { number } }, Stop);
        return answer.StatusCode;
    }

    private Task ReceivedAsync(int count) => Wait.UntilAsync(
        () =>
        {
            lock (_received)
            {
                return Task.FromResult(_received.Distinct().Count() == count);
            }
        },
        $"{_received.Count} messages came");
}
