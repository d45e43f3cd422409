using Serverless.Log;

namespace Serverless.Tests.Core.Log.Chains;

public sealed class EmbeddedChainTests : ChainConformance
{
    protected override int ModelSteps => 5_000;

    protected override int SaveEvery => 3;

    private protected override async Task<IChainStore> OpenAsync(LogOptions options) => await new EmbeddedChainStore(options).OpenAsync();
}
