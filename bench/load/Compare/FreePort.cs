using System.Net;
using System.Net.Sockets;

namespace Serverless.Bench.Load.Compare;

/// <summary>Finds ports for servers on the loopback address.</summary>
internal static class FreePort
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
