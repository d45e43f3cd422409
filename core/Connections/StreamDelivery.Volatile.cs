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
            foreach (var sent in messages)
            {
                if (ReadyMessage.Of(sent) is not { } message)
                {
                    continue;
                }

                foreach (var connection in _table.Receivers(message.Audience))
                {
                    if (!message.Excluded.Contains(connection.Id)
                        && TryWrite(message, connection.Protocol, out var frame)
                        && connection.EnqueueVolatile(frame, isFirst: !touched.Contains(connection)))
                    {
                        touched.Add(connection);
                    }
                }
            }
        }

        foreach (var connection in touched)
        {
            connection.Flush();
        }
    }
}
