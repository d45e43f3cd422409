using System.Collections.Concurrent;
using System.Text.Json;
using Serverless.Events;
using Serverless.Log;
using Serverless.Tests.SelfHost.Upstream;
using Xunit;

namespace Serverless.Tests.Core.FanOut.AzureSignalR;

/// <summary>In which order and in how many requests events go, and what the endpoint's answers do.</summary>
public sealed class DeliveryTests
{
    private readonly IEventLog _log = TestEvents.NewLog();

    [Fact]
    public async Task Run_ToOneTarget_GoesInRequestsOfUpTo100InOrder()
    {
        await using var endpoint = await Receiver.StartAsync();
        await using var host = await StartAsync(endpoint);
        await host.AppendAsync([.. Enumerable.Range(0, 250).Select(i => TestEvents.Message("t", Audience.Group("o'brien"), $"[{i}]"))]);

        var numbers = new List<int>();
        foreach (var count in (int[])[100, 100, 50])
        {
            var sent = await endpoint.NextAsync();
            Assert.Equal("/api/hubs/chat/:execute?filter=%27o%27%27brien%27%20in%20groups&api-version=2023-07-01", sent.Target);
            using var commands = JsonDocument.Parse(sent.Body);
            Assert.Equal(count, commands.RootElement.GetArrayLength());
            numbers.AddRange(commands.RootElement.EnumerateArray().Select(one => one.GetProperty("message").GetProperty("arguments")[0].GetInt32()));
        }

        Assert.Equal(Enumerable.Range(0, 250), numbers);
    }

    [Theory]
    [InlineData(AudienceKind.Hub, "", "")]
    [InlineData(AudienceKind.User, "u'", "filter=userId%20eq%20%27u%27%27%27&")]
    [InlineData(AudienceKind.Connection, "c", "filter=connectionId%20eq%20%27c%27&")]
    [InlineData(AudienceKind.Filter, "userId ne null", "filter=userId%20ne%20null&")]
    public async Task Run_ToEachAudience_HasItsFilter(AudienceKind kind, string name, string filter)
    {
        await using var endpoint = await Receiver.StartAsync();
        await using var host = await StartAsync(endpoint);
        await host.AppendAsync(TestEvents.Message("a", new(kind, name)), TestEvents.Message("b", new(kind, name)));

        var sent = await endpoint.NextAsync();
        Assert.Equal($"/api/hubs/chat/:execute?{filter}api-version=2023-07-01", sent.Target);
        Assert.Equal(
            """[{"type":"SendMessage","message":{"target":"a","arguments":[]}},{"type":"SendMessage","message":{"target":"b","arguments":[]}}]""", sent.Text);
    }

    [Fact]
    public async Task Run_OfLargeMessages_StaysBelowTheEndpointsLimit()
    {
        await using var endpoint = await Receiver.StartAsync();
        await using var host = await StartAsync(endpoint);
        var large = $"[\"{new string('x', 400 * 1024)}\"]";
        await host.AppendAsync([.. Enumerable.Range(0, 3).Select(i => TestEvents.Message($"t{i}", arguments: large))]);

        Assert.Contains(":execute", (await endpoint.NextAsync()).Target, StringComparison.Ordinal);
        Assert.Contains(":send", (await endpoint.NextAsync()).Target, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Targets_Several_GoAtOnce_AndWhatIsForAllWaitsForThem()
    {
        await using var endpoint = await Receiver.StartAsync();
        var open = new TaskCompletionSource();
        endpoint.Answer = (sent, _) => sent.Target.Contains("groups", StringComparison.Ordinal) ? open.Task : Task.CompletedTask;
        await using var host = await StartAsync(endpoint);
        await host.AppendAsync(
            TestEvents.Message("1", Audience.Group("a")), TestEvents.Message("2", Audience.Group("b")), TestEvents.Message("3"), TestEvents.Message("4", Audience.User("u")));

        var both = new[] { await endpoint.NextAsync(), await endpoint.NextAsync() };
        Assert.Equal(["a", "b"], both.Select(sent => sent.Target.Split('/')[5]).Order());
        Assert.True(endpoint.IsEmpty);
        open.SetResult();
        Assert.Contains("\"3\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("\"4\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_NotServed_IsSaidOnceAndMessagesGoOneByOne()
    {
        await using var endpoint = await Receiver.StartAsync();
        var tried = 0;
        endpoint.Answer = (sent, context) =>
        {
            if (sent.Target.Contains(":execute", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref tried);
                context.Response.StatusCode = 404;
            }

            return Task.CompletedTask;
        };
        await using var host = await StartAsync(endpoint);
        await host.AppendAsync(TestEvents.Message("a"), TestEvents.Message("b"));
        var last = await host.AppendAsync(TestEvents.Message("c"), TestEvents.Message("d"));
        await host.UntilDeliveredAsync(last);

        await endpoint.NextAsync();
        foreach (var target in (string[])["a", "b", "c", "d"])
        {
            Assert.Contains($"\"{target}\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        }

        Assert.Equal(1, tried);
        Assert.Single(host.Messages[1604]);
        Assert.Empty(host.Messages[1602]);
    }

    [Fact]
    public async Task Outage_OfWhateverKind_IsWaitedOutInOrderAndToldOnce()
    {
        await using var endpoint = await Receiver.StartAsync();
        var taken = new ConcurrentQueue<string>();
        var answers = new Queue<int>([503, 503, 429, 401, 408, 301, 404]);
        endpoint.Answer = (sent, context) =>
        {
            context.Response.StatusCode = answers.TryDequeue(out var status) ? status : 202;
            if (context.Response.StatusCode == 202)
            {
                taken.Enqueue(sent.Text);
            }

            return Task.CompletedTask;
        };
        await using var host = await StartAsync(endpoint);
        await host.AppendAsync(TestEvents.Message("a", Audience.Group("g")));
        await endpoint.NextAsync();
        await host.UntilDeliveredAsync(await host.AppendAsync(TestEvents.Message("b", Audience.Group("g"))));

        Assert.Equal(["a", "b"], taken.Select(text => JsonDocument.Parse(text).RootElement.GetProperty("target").GetString()));
        Assert.Equal(6, host.Messages[1600].Count);
        Assert.Contains(host.Messages[1600], text => text.Contains("401", StringComparison.Ordinal) && text.Contains("access key", StringComparison.Ordinal));
        Assert.Single(host.Messages[1601]);
        Assert.DoesNotContain(Fixtures.NodeProcess.Key, host.Messages.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_NotAnsweredInTime_IsSentAgainUnderTheSameKey()
    {
        await using var endpoint = await Receiver.StartAsync();
        var first = 1;
        endpoint.Answer = (_, context) => Interlocked.Exchange(ref first, 0) == 1 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        await using var host = await StartAsync(endpoint, ("Timeout", "00:00:01"));
        await host.AppendAsync(TestEvents.Message("a"));

        var (one, two) = (await endpoint.NextAsync(), await endpoint.NextAsync());
        Assert.Equal(one["Idempotency-Key"], two["Idempotency-Key"]);
        Assert.Equal(one.Text, two.Text);
    }

    [Fact]
    public async Task Message_Refused_IsToldAndPassedOver_AloneOutOfItsRun()
    {
        await using var endpoint = await Receiver.StartAsync();
        endpoint.Answer = async (sent, context) =>
        {
            if (sent.Text.Contains("poison", StringComparison.Ordinal))
            {
                context.Response.StatusCode = 400;
                await context.Response.Body.WriteAsync("no, not this"u8.ToArray());
            }
        };
        await using var host = await StartAsync(endpoint);
        await host.UntilDeliveredAsync(await host.AppendAsync(TestEvents.Message("a"), TestEvents.Message("poison"), TestEvents.Message("c")));

        Assert.Contains(":execute", (await endpoint.NextAsync()).Target, StringComparison.Ordinal);
        Assert.Contains("\"a\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("poison", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("\"c\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        var told = Assert.Single(host.Messages[1602]);
        Assert.Contains("chat/0 at offset 2 ", told, StringComparison.Ordinal);
        Assert.Contains("400  no, not this", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Error.Connection.NotExisted")]
    [InlineData("warning.connection.notexisted")]
    public async Task Answer_ThatTheConnectionIsGone_IsSuccess(string code)
    {
        await using var endpoint = await Receiver.StartAsync();
        endpoint.Answer = (_, context) =>
        {
            context.Response.StatusCode = 404;
            context.Response.Headers["x-ms-error-code"] = code;
            return Task.CompletedTask;
        };
        await using var host = await StartAsync(endpoint);
        await host.UntilDeliveredAsync(await host.AppendAsync(new GroupJoined { Group = "g", Member = GroupMember.Connection(new("c")) }));

        Assert.Empty(host.Messages[1602]);
    }

    private Task<FanOutHost> StartAsync(Receiver endpoint, params (string, string)[] settings) => FanOutHost.StartAsync(endpoint.Address.AbsoluteUri, _log, settings);
}
