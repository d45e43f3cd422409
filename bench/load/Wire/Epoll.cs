using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Serverless.Bench.Load.Wire;

/// <summary>
/// Linux's epoll, level-triggered. .NET's own socket engine moves each readiness to a thread of the pool; here one thread waits and receives,
/// so that the load program takes little of the cores that it shares with the servers.
/// </summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    private const int MaxEvents = 512;
    private const int Add = 1;
    private const uint Readable = 1;
    private const int Interrupted = 4;

    // the kernel packs struct epoll_event on x86-64 only
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Stride = DataAt + 8;

    private readonly int _descriptor;
    private readonly byte[] _events = new byte[MaxEvents * Stride];
    private readonly int[] _keys = new int[MaxEvents];

    public Epoll()
    {
        _descriptor = epoll_create1(0);
        ThrowIfFailed(_descriptor, "epoll_create1");
    }

    /// <summary>Watches a socket, until it is closed. Any thread may call it.</summary>
    public void Watch(Socket socket, int key)
    {
        Span<byte> request = stackalloc byte[16];
        request.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(request, Readable);
        BinaryPrimitives.WriteInt32LittleEndian(request[DataAt..], key);
        fixed (byte* pointer = request)
        {
            ThrowIfFailed(epoll_ctl(_descriptor, Add, (int)socket.Handle, pointer), "epoll_ctl");
        }
    }

    /// <summary>The keys of sockets that have something to read; valid until the next call.</summary>
    public ReadOnlySpan<int> Wait(TimeSpan atMost)
    {
        int count;
        fixed (byte* pointer = _events)
        {
            count = epoll_wait(_descriptor, pointer, MaxEvents, (int)atMost.TotalMilliseconds);
        }

        if (count < 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
            return [];
        }

        ThrowIfFailed(count, "epoll_wait");
        for (var i = 0; i < count; i++)
        {
            _keys[i] = BinaryPrimitives.ReadInt32LittleEndian(_events.AsSpan((i * Stride) + DataAt));
        }

        return _keys.AsSpan(0, count);
    }

    public void Dispose() => _ = close(_descriptor);

    private static void ThrowIfFailed(int result, string call)
    {
        if (result < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new Win32Exception(error, $"{call}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* request);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, byte* events, int maxEvents, int timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
