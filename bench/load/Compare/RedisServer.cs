using System.Net.Sockets;

namespace Serverless.Bench.Load.Compare;

/// <summary>A redis-server of its own, on a free port, in a folder that is given to it.</summary>
internal static class RedisServer
{
    /// <param name="port">Loopback only.</param>
    /// <param name="folder">For its files.</param>
    /// <param name="appendOnly">Whether it writes an append-only file, synced every second.</param>
    /// <param name="stop">Ends the wait for it.</param>
    public static async Task<ChildProcess> StartAsync(int port, string folder, bool appendOnly, CancellationToken stop)
    {
        string[] arguments =
            ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", appendOnly ? "yes" : "no", "--appendfsync", "everysec"];
        var redis = ChildProcess.Start("redis-server", arguments, folder, new Dictionary<string, string>());
        try
        {
            await redis.UntilServingAsync(() => Ping(port), stop);
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    private static void Ping(int port)
    {
        using var client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 1000 };
        using var stream = client.GetStream();
        stream.Write("PING\r\n"u8);
        Span<byte> answer = stackalloc byte[7];
        stream.ReadExactly(answer);
        if (!answer.SequenceEqual("+PONG\r\n"u8))
        {
            throw new IOException("Redis doesn't answer with PONG yet.");
        }
    }
}
