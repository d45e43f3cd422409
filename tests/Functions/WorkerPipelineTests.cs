using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Core;
using Serverless.Tests.Fixtures;
using Serverless.Tests.Fixtures.Functions;
using Xunit;

namespace Serverless.Tests.Functions;

/// <summary>The whole way: an HTTP trigger of the real worker, its batches in a real Redis, a node that reads them, a stock client.</summary>
public sealed class WorkerPipelineTests : IAsyncLifetime
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);
    private static readonly StreamName Chat = new("chat");

    private readonly RedisServer _redis = new() { Settings = ["--appendonly", "yes", "--appendfsync", "everysec"] };
    private readonly HttpClient _http = new() { Timeout = Guard };
    private FunctionsHost _host = null!;
    private NodeProcess _node = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _node = await new NodeProcess { Log = "redis", Arguments = ["--redis", _redis.EndPoint], Environment = "Production" }.StartAsync();
        _host = new()
        {
            Settings = new()
            {
                ["AzureSignalRConnectionString"] = $"Endpoint=http://127.0.0.1;Port={_node.Port};AccessKey={NodeProcess.Key};Version=1.0;",
                ["Serverless:Log:Redis"] = _redis.EndPoint,
                ["Serverless:Negotiate:AllowAnonymous"] = "true",
            },
        };
        await _host.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        await _node.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Publish_ManyInOneRequest_AreOneCompressedEntryAndReachAStockClient()
    {
        await using var client = new HubConnectionBuilder().WithUrl($"{_host.Url}/api?hub=chat").Build();
        var received = new List<int>();
        var all = new TaskCompletionSource();
        client.On<int, string>("number", (number, _) =>
        {
            received.Add(number);
            if (received.Count == 100)
            {
                all.SetResult();
            }
        });
        await client.StartAsync(Stop);
        var before = (await EntriesAsync()).Count;

        var text = string.Concat(Enumerable.Repeat("the same words again and again, ", 10));
        var messages = Enumerable.Range(0, 100).Select(number => new { target = "number", arguments = new object[] { number, text } });
        using var answer = await _http.PostAsJsonAsync(new Uri($"{_host.Url}/api/hubs/chat/publish"), messages, Stop);
        await all.Task.WaitAsync(Guard, Stop);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(100, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["stored"]!.AsArray().Count);
        Assert.Equal(Enumerable.Range(0, 100), received);
        var entry = Assert.Single((await EntriesAsync())[before..]);
        Assert.Equal(100, entry.Count);
        Assert.InRange(entry.Frame.Length, 100, 100 * text.Length / 4);
    }

    [Fact]
    public async Task Publish_ThousandAtOnce_AreFarFewerEntries()
    {
        var before = (await EntriesAsync()).Count;
        var publishing = Stopwatch.StartNew();
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => PublishAsync(number)));
        publishing.Stop();

        Assert.All(answers, Assert.True);
        var entries = (await EntriesAsync())[before..];
        Assert.Equal(Enumerable.Range(0, 1000), (await NumbersAsync()).Order());
        // a batch lingers for 10 ms, or a little less by a timer's grain: how many there are depends on how long publishing takes here
        Assert.InRange(entries.Count, 1, 2 + (publishing.Elapsed / TimeSpan.FromMilliseconds(8)));
    }

    [Fact]
    public async Task Publish_SameKeyTwice_IsStoredOnce()
    {
        var body = new { target = "number", arguments = new[] { 7 }, key = "seven" };
        foreach (var isDuplicate in new[] { false, true })
        {
            using var answer = await _http.PostAsJsonAsync(new Uri($"{_host.Url}/api/hubs/chat/publish"), body, Stop);
            var stored = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["stored"]![0]!;
            Assert.Equal((isDuplicate, 1), ((bool)stored["isDuplicate"]!, (long)stored["offset"]!));
            Assert.Matches("^(?!0{16})[0-9a-f]{16}$", (string)stored["tag"]!);
        }

        Assert.Equal([7], await NumbersAsync());
    }

    [Fact]
    public async Task Notify_UserOfAnApplication_IsStoredOnceAndReachesAStockClient()
    {
        var url = new Uri($"{_host.Url}/api/hubs/chat/notifications");
        await using var client = new HubConnectionBuilder().WithUrl($"{_host.Url}/api?hub=chat").Build();
        var received = new TaskCompletionSource<JsonObject>();
        client.On<JsonObject>("notification", received.SetResult);
        await client.StartAsync(Stop);

        foreach (var isDuplicate in new[] { false, true })
        {
            using var answer = await _http.PostAsJsonAsync(url, new { to = new { }, kind = "alert", body = new { text = "hi" }, id = "n1", from = "shop" }, Stop);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            var sent = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!;
            Assert.Equal(("n1", isDuplicate), ((string)sent["id"]!, (bool)sent["isDuplicate"]!));
        }

        var notification = await received.Task.WaitAsync(Guard, Stop);
        Assert.Equal(("n1", "alert", "shop", "hi"), ((string)notification["id"]!, (string)notification["kind"]!, (string)notification["from"]!, (string)notification["body"]!["text"]!));
        using var refused = await _http.PostAsJsonAsync(url, new { to = new { usr = "bob" }, kind = "alert", body = 1 }, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("only user, group", await refused.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_MidPublishing_LosesNothingThatWasAnswered()
    {
        const int Count = 2000;
        var answered = new List<int>();
        var killing = Task.CompletedTask;
        for (var at = 0; at < Count; at += 50)
        {
            var answers = Enumerable.Range(at, 50).Select(async number => (Number: number, IsStored: await PublishAsync(number))).ToList();
            if (at == Count / 2)
            {
                killing = _host.KillAsync();
            }

            answered.AddRange((await Task.WhenAll(answers)).Where(answer => answer.IsStored).Select(answer => answer.Number));
            await killing;
            if (at == Count / 2)
            {
                await _host.StartAsync();
            }
        }

        // those under way at the kill may have been answered just before it
        Assert.InRange(answered.Count, Count - 50, Count);
        Assert.Empty(answered.Except(await NumbersAsync()));
    }

    [Fact]
    public async Task Terminate_WhilePublishesAreUnderWay_StoresWhatItAnswers()
    {
        var answers = Enumerable.Range(0, 200).Select(async number => (Number: number, IsStored: await PublishAsync(number))).ToList();
        await Task.WhenAny(answers);
        Assert.Equal(0, await _host.TerminateAsync());

        var answered = (await Task.WhenAll(answers)).Where(answer => answer.IsStored).Select(answer => answer.Number).ToList();
        Assert.NotEmpty(answered);
        Assert.Empty(answered.Except(await NumbersAsync()));
    }

    [Fact]
    public async Task Redis_Away_IsToldAndComesBack()
    {
        await _redis.KillAsync();
        using var answer = await _http.PostAsync(new Uri($"{_host.Url}/api/hubs/chat/publish"), new StringContent("""{"target":"number","arguments":[1]}"""), Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.DoesNotContain("   at ", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);

        await _redis.StartAsync();
        await Wait.UntilAsync(() => PublishAsync(2), "publishing doesn't come back");
        Assert.Contains(2, await NumbersAsync());
    }

    /// <returns>Whether it was answered that it is stored.</returns>
    private async Task<bool> PublishAsync(int number)
    {
        try
        {
            using var answer = await _http.PostAsJsonAsync(new Uri($"{_host.Url}/api/hubs/chat/publish"), new { target = "number", arguments = new[] { number } }, Stop);
            return answer.StatusCode == HttpStatusCode.Accepted;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<List<int>> NumbersAsync() =>
        [.. (await EntriesAsync()).SelectMany(entry => TestEvents.Frames.Decode(Chat, entry.Last.Offset, entry.Frame)).OfType<MessageSent>()
            .Select(message => (int)JsonNode.Parse(message.Arguments.Bytes.Span)![0]!)];

    private async Task<List<LogEntry>> EntriesAsync()
    {
        await using var log = new RedisEventLog(Options.Create(new LogOptions { Redis = _redis.EndPoint }), TimeProvider.System, NullLogger<RedisEventLog>.Instance);
        await log.OpenAsync(Stop);
        var entries = new List<LogEntry>();
        for (var from = ReadFrom.Start; await log.ReadAsync(Chat, from, 1 << 20, Stop) is ReadResult.Page { Entries.Count: > 0 } page; from = page.End)
        {
            entries.AddRange(page.Entries);
        }

        return entries;
    }
}
