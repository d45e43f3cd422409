using System.Net.Sockets;
using Serverless.SelfHost.Hosting;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>All processes of a fleet, from their start to their end.</summary>
internal sealed class FleetChildren(string data, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly List<ChildProcess> _all = [];

    public IReadOnlyList<ChildProcess> All => _all;

    /// <summary>Starts one; its files stand in a folder of its name.</summary>
    public ChildProcess Start(string name, IReadOnlyList<string> command, params IEnumerable<(string Variable, string Value)> environment)
    {
        var child = ChildProcess.Start(name, command, FolderOf(name), environment.Select(pair => KeyValuePair.Create(pair.Variable, pair.Value)), time);
        _all.Add(child);
        return child;
    }

    /// <summary>Where a child's files stand.</summary>
    public string FolderOf(string name) => Path.Combine(data, name);

    /// <summary>Waits until a child does what it is for.</summary>
    /// <exception cref="StartException">It ended, or takes too long.</exception>
    public async Task UntilAsync(ChildProcess child, Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            while (!await isReady(stop.Token))
            {
                if (child.Ended.IsCompleted)
                {
                    throw new StartException(child.LastWords);
                }

                await Task.Delay(Pause, time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartException($"{child.Name} isn't ready after {Patience.TotalSeconds} s; what it printed is in {FolderOf(child.Name)}.log.");
        }
    }

    /// <summary>Whether something takes connections on a port of this machine.</summary>
    public static async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Ends all, those that were started last first, in three steps: what needs others ends before them.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var kind in new[] { FleetNames.Node, FleetNames.Nginx, FleetNames.Redis })
        {
            await ChildProcess.StopAsync([.. _all.Where(child => child.Name.StartsWith(kind, StringComparison.Ordinal))], time);
        }

        foreach (var id in Leftovers.In(data))
        {
            // workers of an nginx that was killed
            await ChildProcess.SignalAsync("KILL", [id]);
        }

        _all.ForEach(child => child.Dispose());
    }
}
