using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Serverless.Tests.Faults;

/// <summary>Publishes numbers through a stock client, several under way at a time, and keeps which were acknowledged. What fails isn't repeated.</summary>
internal sealed class Publisher(string url)
{
    private const int UnderWay = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private int _next;

    /// <summary>The acknowledged numbers, ascending.</summary>
    public List<int> Acknowledged { get; } = [];

    /// <summary>Publishes until so many are acknowledged in all, or the connection ends.</summary>
    /// <param name="count">In all.</param>
    /// <param name="halfway">Called once, without being waited for, when the given share of them is acknowledged.</param>
    /// <param name="share">0 to 1.</param>
    /// <returns>What <paramref name="halfway"/> returned.</returns>
    public async Task PublishAsync(int count, Func<Task>? halfway = null, double share = 0.5)
    {
        await using var connection = new HubConnectionBuilder().WithUrl(url).Build();
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(Patience);
        await connection.StartAsync(guard.Token);
        Task? fault = null;
        var underWay = new Queue<(int Number, Task Call)>();
        while (Acknowledged.Count < count && (connection.State == HubConnectionState.Connected || underWay.Count > 0))
        {
            guard.Token.ThrowIfCancellationRequested();
            while (underWay.Count < Math.Min(UnderWay, count - Acknowledged.Count) && connection.State == HubConnectionState.Connected)
            {
                underWay.Enqueue((++_next, connection.InvokeAsync("Broadcast", "number", _next, guard.Token)));
            }

            await TakeAsync(underWay);
            if (fault is null && halfway is not null && Acknowledged.Count >= count * share)
            {
                fault = halfway();
            }
        }

        while (underWay.Count > 0)
        {
            await TakeAsync(underWay);
        }

        await (fault ?? Task.CompletedTask);
    }

    private async Task TakeAsync(Queue<(int Number, Task Call)> underWay)
    {
        var (number, call) = underWay.Dequeue();
        try
        {
            await call;
            Acknowledged.Add(number);
        }
        catch (Exception e) when (e is HubException or InvalidOperationException or IOException or OperationCanceledException or System.Net.WebSockets.WebSocketException)
        {
            // not acknowledged: it may be in the stream or not
        }
    }
}
