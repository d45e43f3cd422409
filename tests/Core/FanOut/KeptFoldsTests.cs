using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Events;
using Serverless.FanOut.Folds;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.FanOut;

/// <summary>A fold that has what was lost answers nothing.</summary>
public sealed class KeptFoldsTests : IAsyncDisposable
{
    private readonly LossyLog _log = new();
    private readonly KeptFolds<Seen> _folds;

    public KeptFoldsTests()
    {
        var reader = new FoldReader<Seen>(_log, Frames, new("what was sent", () => new(), (_, _) => new()), NullLogger.Instance);
        _folds = new(_log, new(_log, Frames), new(reader.ReadAsync), TimeSpan.FromMinutes(1), TimeProvider.System, "what was sent");
    }

    public ValueTask DisposeAsync() => _folds.DisposeAsync();

    /// <summary>The stream is shorter than it was, as long, or longer: never is the fold asked that has the lost event.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Ask_FoldHasALostTail_WaitsForAnother(int since)
    {
        await AppendAsync("a", "b", "lost");
        Assert.Equal("a,b,lost", await AskAsync());
        // nobody who follows is told, as while a node is away
        _log.IsTold = false;
        _log.Lose(Chat, 2);
        await AppendAsync([.. Enumerable.Range(0, since).Select(i => $"{i}")]);
        var answer = AskAsync();
        // by its offsets alone the fold would answer in this time
        await Task.WhenAny(answer, Task.Delay(100, TestContext.Current.CancellationToken));
        _log.IsTold = true;
        _log.Learn(Chat);
        Assert.Equal(string.Join(',', ["a", "b", .. Enumerable.Range(0, since)]), await answer);
    }

    [Fact]
    public async Task Ask_WhileItGrows_HasWhatWasAppendedBefore()
    {
        for (var i = 0; i < 200; i++)
        {
            await AppendAsync($"{i}");
            Assert.EndsWith($"{i}", await AskAsync(), StringComparison.Ordinal);
        }
    }

    private Task<string> AskAsync() => _folds.AskAsync(Chat, fold => string.Join(',', fold.Targets), default).In();

    private async Task AppendAsync(params string[] targets)
    {
        foreach (var target in targets)
        {
            await TestEvents.AppendAsync(_log, Chat, Message(target));
        }
    }

    private sealed class Seen : IFold
    {
        public List<string> Targets { get; } = [];

        public void Apply(Event value, long offset) => Targets.Add(((MessageSent)value).Target);
    }
}
