using CsCheck;
using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>Runs a store against the rule, while it loses what it held: by random steps, and by the traces that broke the rule's first text.</summary>
public abstract partial class ChainConformance : IAsyncLifetime
{
    private const long Retention = 12;

    private static readonly Gen<ChainStep> AnyStep = Gen.Select(
        Gen.Frequency((6, Gen.Const(ChainVerb.Append)), (5, Gen.Const(ChainVerb.Read)), (3, Gen.Const(ChainVerb.Probe)), (2, Gen.Const(ChainVerb.Follow)),
            (2, Gen.Const(ChainVerb.Settle)), (1, Gen.Const(ChainVerb.Trim)), (2, Gen.Const(ChainVerb.Lose)), (1, Gen.Const(ChainVerb.Evict)),
            (1, Gen.Const(ChainVerb.Snapshot)), (1, Gen.Const(ChainVerb.Checkpoint))),
        Gen.Int[-8, 8].Array[1, 4],
        Gen.Double[0, 1].Select(place => Math.Min(place, 0.999)),
        Gen.Int[0, 9999],
        (verb, keys, place, choice) => new ChainStep(verb, keys, place, choice));

    private int _streams;

    /// <summary>How many steps the model test takes, give or take a few.</summary>
    protected abstract int ModelSteps { get; }

    /// <summary>How many steps follow each other on one stream, on average.</summary>
    protected virtual int StepsPerStream => 50;

    /// <summary>How many streams are run at once. More than one waits better.</summary>
    protected virtual int StreamsAtOnce => 1;

    /// <summary>After how many changes the store's state is kept. 1 where that costs little.</summary>
    protected virtual int SaveEvery => 1;

    private protected IChainStore Store { get; private set; } = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected abstract Task<IChainStore> OpenAsync(LogOptions options);

    public async ValueTask InitializeAsync() => Store = await OpenAsync(new LogOptions { RetentionEvents = Retention, RetentionAge = TimeSpan.FromDays(3650) });

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Model_AnyStepsAndLosses_NoReaderPassesALossAndNoneIsResetWithoutOne() =>
        await AnyStep.Array[1, 2 * StepsPerStream - 1].SampleAsync(
            async steps =>
            {
                await using var model = new ChainModel(Store, new StreamName($"model{Interlocked.Increment(ref _streams)}"), Retention, SaveEvery);
                await model.RunAsync(steps);
            },
            iter: ModelSteps / StepsPerStream,
            threads: StreamsAtOnce,
            print: steps => string.Join("; ", steps.AsEnumerable()));
}
