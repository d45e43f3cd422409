using Microsoft.AspNetCore.Http.Connections;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>Every way in which a stock client may connect.</summary>
public sealed class ClientMatrix : TheoryData<Topology, HttpTransportType, string>
{
    public ClientMatrix()
    {
        foreach (var topology in Enum.GetValues<Topology>())
        {
            foreach (var transport in new[] { HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling })
            {
                Add(topology, transport, "json");
                if (transport != HttpTransportType.ServerSentEvents)
                {
                    Add(topology, transport, "messagepack");
                }
            }
        }
    }
}
