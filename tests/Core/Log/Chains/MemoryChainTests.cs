using Serverless.Log;

namespace Serverless.Tests.Core.Log.Chains;

public sealed class MemoryChainTests : ChainConformance
{
    protected override int ModelSteps => 100_000;

    private protected override Task<IChainStore> OpenAsync(LogOptions options) => Task.FromResult<IChainStore>(new MemoryChainStore(options));
}
