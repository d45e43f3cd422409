using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Serverless.Bench.Load.Wire;

/// <summary>The one thread that receives for all connections, and pings their servers.</summary>
/// <param name="connections">By key; a place is filled before its socket is watched.</param>
/// <param name="afterEach">Called on the receiver's thread each time that it took all there was.</param>
internal sealed class Receiver(Connection?[] connections, Action afterEach) : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);

    private readonly Epoll _epoll = new();
    private readonly byte[] _buffer = new byte[256 * 1024];
    private Thread? _thread;
    private Exception? _fault;
    private volatile bool _stopping;
    private long _pinged = Stopwatch.GetTimestamp();
    private int _nextToPing;
    private int _ended;

    /// <summary>Connections that ended before <see cref="Dispose"/>.</summary>
    public int Ended => Volatile.Read(ref _ended);

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "receiver" };
        _thread.Start();
    }

    public void Watch(Connection connection)
    {
        connections[connection.Index] = connection;
        _epoll.Watch(connection.Socket, connection.Index);
    }

    /// <summary>Fails when the receiver did.</summary>
    public void ThrowIfFaulted()
    {
        if (_fault is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _thread?.Join();
        _epoll.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                foreach (var key in _epoll.Wait(Tick))
                {
                    Receive(connections[key]!);
                }

                afterEach();
                PingSome();
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or SocketException or System.ComponentModel.Win32Exception)
        {
            _fault = e;
        }
    }

    private void Receive(Connection connection)
    {
        var length = connection.Socket.Receive(_buffer, SocketFlags.None, out var error);
        if (length > 0)
        {
            connection.Feed(_buffer.AsSpan(0, length), Stopwatch.GetTimestamp());
        }
        else if (error != SocketError.WouldBlock)
        {
            connection.End(error == SocketError.Success ? "the server closed it" : $"receive: {error}");
        }

        if (connection.Ended is not null)
        {
            // closing takes it off the epoll too
            Volatile.Write(ref _ended, _ended + 1);
            connection.Dispose();
        }
    }

    /// <summary>Goes round all connections evenly, so that the pings of thousands don't come in one burst.</summary>
    private void PingSome()
    {
        var due = (int)(Stopwatch.GetElapsedTime(_pinged) / PingEvery * connections.Length);
        if (due == 0)
        {
            return;
        }

        _pinged = Stopwatch.GetTimestamp();
        for (var i = 0; i < due; i++)
        {
            connections[_nextToPing]?.Send(ClientFrame.Ping);
            _nextToPing = (_nextToPing + 1) % connections.Length;
        }
    }
}
