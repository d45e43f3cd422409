using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serverless.Events;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Sends one stream's volatile messages to the endpoint, each once. While it is slower than they come, the newest batch takes the place of what waits.</summary>
internal sealed partial class VolatileDelivery(StreamName stream, RestSender sender, TimeProvider time, ILogger logger)
{
    private readonly Channel<IReadOnlyList<MessageSent>> _waiting = Channel.CreateBounded<IReadOnlyList<MessageSent>>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Offer(IReadOnlyList<MessageSent> messages) => _waiting.Writer.TryWrite(messages);

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var messages in _waiting.Reader.ReadAllAsync(stop))
            {
                foreach (var message in messages)
                {
                    await SendAsync(message, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // what still waits is lost, as it may be
        }
    }

    private async Task SendAsync(MessageSent message, CancellationToken stop)
    {
        try
        {
            var answer = await sender.SendOnceAsync(RestRequests.For(stream.Hub, message, time.GetUtcNow()), key: null, stop);
            if (answer is not RestAnswer.Accepted)
            {
                Log.NotTaken(logger, message.Target, stream.ToString(), $"{answer}");
            }
        }
        catch (FormatException fault)
        {
            Log.NotTaken(logger, message.Target, stream.ToString(), fault.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1742, LogLevel.Debug, "The endpoint didn't take the volatile message {Target} of stream {Stream}: {Answer}")]
        public static partial void NotTaken(ILogger logger, string target, string stream, string answer);
    }
}
