using CsCheck;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Serverless.Tests.Client.Pool;

/// <summary>Whatever happens in whatever order, what <see cref="PoolWorld"/> checks holds after each move.</summary>
public sealed class ConnectionPoolPropertyTests
{
    private const long Iterations = 1000;

    [Fact]
    public async Task Pool_AnyMoves_KeepsItsPromises() =>
        await Gen.Select(Gen.Int[0, 16], Gen.Int[0, 999]).List[1, 120].SampleAsync(
            async moves =>
            {
                var world = new PoolWorld();
                foreach (var (move, choice) in moves)
                {
                    Make(world, move, choice);
                    world.Settle(choice);
                }

                await world.EndAsync();
            },
            iter: Math.Max(Iterations, Check.Iter));

    private static void Make(PoolWorld world, int move, int choice)
    {
        switch (move)
        {
            case <= 4:
                _ = world.Acquire($"{(char)('a' + (choice % 6))}");
                break;
            case <= 6 when world.Leases.Count > 0:
                world.Return(world.Leases[choice % world.Leases.Count], twice: choice % 2 == 0);
                break;
            case 7 when world.Waits.Count > 0:
                world.Waits[choice % world.Waits.Count].Cancel.Cancel();
                break;
            case <= 9:
                Any(world, choice, connection => connection.IsStarting)?.FinishStart(
                    (choice % 20) switch { 0 => HubConnectionState.Reconnecting, 1 => HubConnectionState.Disconnected, _ => HubConnectionState.Connected });
                break;
            case 10:
                Any(world, choice, connection => connection.IsStarting)?.FailStart();
                break;
            case 11:
                Any(world, choice, connection => connection.IsOpen)?.Close(told: choice % 3 > 0);
                break;
            case 12:
                Any(world, choice, connection => connection.IsOpen && connection.State == HubConnectionState.Connected)?.Lose();
                break;
            case 13:
                Any(world, choice, connection => connection.IsOpen && connection.State == HubConnectionState.Reconnecting)?.Reconnect();
                break;
            case <= 15:
                Any(world, choice, connection => connection.IsStopping)?.FinishStop(orderly: choice % 4 > 0);
                break;
            case 16:
                world.Advance(TimeSpan.FromMilliseconds(choice * 13));
                break;
        }
    }

    private static FakeConnection? Any(PoolWorld world, int choice, Func<FakeConnection, bool> which)
    {
        var all = world.Connections.Where(which).ToList();
        return all.Count == 0 ? null : all[choice % all.Count];
    }
}
