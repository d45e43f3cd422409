using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;

namespace Serverless.Connections;

/// <summary>Messages that aren't stored: a client for which anything waits doesn't get them.</summary>
internal sealed partial class StreamDelivery
{
    /// <summary>Receives them from now on, or as soon as it can: what is stored doesn't wait for it, and no client is closed for it.</summary>
    private async Task<VolatileReception> ReceiveVolatileAsync()
    {
        var reception = new VolatileReception(CancellationTokenSource.CreateLinkedTokenSource(_stop.Token));
        try
        {
            reception.Subscribing = Task.FromResult<IAsyncDisposable?>(await _lane.SubscribeAsync(_stream, DeliverVolatile));
        }
        catch (LogUnavailableException fault)
        {
            Log.NotSubscribed(_logger, fault, _stream.ToString());
            reception.Subscribing = SubscribeLaterAsync(reception.End.Token);
        }

        return reception;
    }

    private async Task<IAsyncDisposable?> SubscribeLaterAsync(CancellationToken end)
    {
        while (true)
        {
            await Task.Delay(RetryAfter, _time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (end.IsCancellationRequested)
            {
                return null;
            }

            try
            {
                return await _lane.SubscribeAsync(_stream, DeliverVolatile);
            }
            catch (LogUnavailableException)
            {
                // was told, and is tried again
            }
        }
    }

    private void DeliverVolatile(IReadOnlyList<MessageSent> messages)
    {
        HashSet<ClientConnection> touched = [];
        lock (_lock)
        {
            foreach (var (connection, frame) in messages.Select(ReadyMessage.Of).OfType<ReadyMessage>().SelectMany(Receivers))
            {
                if (connection.EnqueueVolatile(frame, isFirst: !touched.Contains(connection)))
                {
                    touched.Add(connection);
                }
            }
        }

        foreach (var connection in touched)
        {
            connection.Flush();
        }
    }

    /// <summary>What has to end with the reading of the stream.</summary>
    private sealed class VolatileReception(CancellationTokenSource end) : IAsyncDisposable
    {
        public CancellationTokenSource End => end;

        public Task<IAsyncDisposable?> Subscribing { get; set; } = Task.FromResult<IAsyncDisposable?>(null);

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            if (await Subscribing is { } subscription)
            {
                await subscription.DisposeAsync();
            }

            end.Dispose();
        }
    }
}
