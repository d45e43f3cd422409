using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.Connections;

/// <summary>Messages that aren't stored: a client for which anything waits doesn't get them.</summary>
internal sealed partial class StreamDelivery
{
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
}
