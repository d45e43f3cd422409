using System.Net;
using System.Net.Sockets;

namespace Serverless.Tests.Fixtures;

/// <summary>A port where connections are refused, until it is disposed: it is taken, and nobody listens.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public string EndPoint => $"{_socket.LocalEndPoint}";

    public void Dispose() => _socket.Dispose();
}
