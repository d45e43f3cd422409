using System.Net;
using System.Net.Sockets;

namespace Serverless.Tests.Fixtures;

/// <summary>Ports for what listens later, or again: another process, or a server that is killed and comes back. They lie below those that the kernel gives of its own accord
/// (from 32768 on), so that nobody is given one meanwhile; and none is given twice within a run. Thread-safe.</summary>
internal static class TestPorts
{
    private const int First = 12_000;
    private const int Count = 20_000;

    // two runs at a time begin at places that lie apart
    private static readonly int Start = (int)(Environment.ProcessId * 7919L % Count);

    private static int _given;

    /// <summary>A port where nobody listens now.</summary>
    public static int Next()
    {
        for (var given = Interlocked.Increment(ref _given); given <= Count; given = Interlocked.Increment(ref _given))
        {
            var port = First + ((Start + given) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"All ports from {First} to {First + Count - 1} were given.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // not only on loopback: a listener on any address has it too
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
