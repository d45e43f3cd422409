using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.Faults;

/// <summary>Publishes numbers over REST to several targets at once, to each one after the other, and keeps which were acknowledged. What fails isn't repeated: the next
/// number follows.</summary>
internal sealed class LanePublisher(NodeProcess node, string hub)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly ConcurrentDictionary<string, List<int>> _acknowledged = new(Lanes.Keys.ToDictionary(lane => lane, _ => new List<int>()));

    /// <summary>The targets: by name, the path.</summary>
    public static IReadOnlyDictionary<string, string> Lanes { get; } = new Dictionary<string, string>
    {
        ["hub"] = "",
        ["user"] = "/users/ada",
        ["group 0"] = "/groups/g0",
        ["group 1"] = "/groups/g1",
        ["group 2"] = "/groups/g2",
        ["group 3"] = "/groups/g3",
    };

    /// <summary>By target, ascending.</summary>
    public IReadOnlyDictionary<string, List<int>> Acknowledged => _acknowledged;

    /// <summary>Publishes until each target has so many that are acknowledged.</summary>
    /// <param name="count">For each target.</param>
    /// <param name="halfway">Called once, while publishing goes on.</param>
    public async Task PublishAsync(int count, Func<Task> halfway)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(Patience);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var isHalf = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var publishing = Lanes.Select(lane => PublishAsync(http, lane.Key, lane.Value, count, isHalf, guard.Token)).ToList();
        await isHalf.Task.WaitAsync(guard.Token);
        await halfway();
        await Task.WhenAll(publishing);
    }

    /// <summary>Publishes one message, which is acknowledged.</summary>
    public async Task PublishAsync(string path, string target, string arguments)
    {
        using var http = new HttpClient();
        Assert.True(await PostAsync(http, path, target, arguments, TestContext.Current.CancellationToken));
    }

    private async Task PublishAsync(HttpClient http, string lane, string path, int count, TaskCompletionSource isHalf, CancellationToken stop)
    {
        var acknowledged = _acknowledged[lane];
        for (var number = 1; acknowledged.Count < count; number++)
        {
            if (await PostAsync(http, path, "number", $"[\"{lane}\",{number}]", stop))
            {
                acknowledged.Add(number);
            }
            else
            {
                // the node is away
                await Task.Delay(20, stop);
            }

            if (acknowledged.Count == count / 2)
            {
                isHalf.TrySetResult();
            }
        }
    }

    private async Task<bool> PostAsync(HttpClient http, string path, string target, string arguments, CancellationToken stop)
    {
        path = $"/api/v1/hubs/{hub}{path}";
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{node.Url}{path}")
        {
            Content = new StringContent($$"""{"target":"{{target}}","arguments":{{arguments}}}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Jwt.ForApi($"http://localhost{path}", NodeProcess.Key));
        try
        {
            using var answer = await http.SendAsync(request, stop);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is OperationCanceledException && !stop.IsCancellationRequested))
        {
            // not acknowledged: it may be in the stream or not
            return false;
        }
    }
}
