using Serverless.Log;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>Follows a node's stream until its reset, and keeps what came.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _texts = [];
    private readonly Task _following;
    private volatile ReadResult.Reset? _reset;

    public Follower(RedisNode node, ReadFrom from) => _following = Task.Run(() => FollowAsync(node, from));

    public ReadResult.Reset? Reset => _reset;

    public List<string> Texts
    {
        get
        {
            lock (_texts)
            {
                return [.. _texts];
            }
        }
    }

    /// <summary>Waits until so many events came.</summary>
    public async Task<List<string>> TextsAsync(int count)
    {
        await Wait.UntilAsync(
            () => Task.FromResult(Texts.Count >= count || _following.IsCompleted), $"{count} events are due and {Texts.Count} came");
        Assert.Null(_reset);
        return Texts;
    }

    /// <summary>Waits for the reset.</summary>
    public async Task<ReadResult.Reset> ResetAsync()
    {
        await _following.WaitAsync(TimeSpan.FromSeconds(30));
        return Assert.IsType<ReadResult.Reset>(_reset);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync(RedisNode node, ReadFrom from)
    {
        try
        {
            await foreach (var result in node.Log.FollowAsync(RedisNode.Stream, from, _stop.Token))
            {
                if (result is ReadResult.Page page)
                {
                    lock (_texts)
                    {
                        _texts.AddRange(RedisNode.Texts(page.Entries));
                    }
                }
                else
                {
                    _reset = (ReadResult.Reset)result;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the test is over
        }
    }
}
