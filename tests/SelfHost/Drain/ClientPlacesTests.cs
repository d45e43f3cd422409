using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.SelfHost.Clients;
using Serverless.Tests.Core;
using Xunit;

namespace Serverless.Tests.SelfHost.Drain;

public sealed class ClientPlacesTests
{
    private readonly ClientPlaces _places = new(Options.Create(new ConnectionOptions()));

    [Fact]
    public void Empty_NoneTaken_IsCompletedEachTime()
    {
        Assert.True(_places.EmptyAsync().IsCompleted);
        Assert.True(_places.TryTake());
        Assert.False(_places.EmptyAsync().IsCompleted);
    }

    [Fact]
    public async Task Empty_SeveralWaiters_EachIsToldWhenTheLastIsGivenBack()
    {
        Assert.True(_places.TryTake());
        Assert.True(_places.TryTake());
        var (one, other) = (_places.EmptyAsync(), _places.EmptyAsync());
        _places.GiveBack();
        Assert.False(one.IsCompleted || other.IsCompleted);
        _places.GiveBack();

        await one.In();
        await other.In();
        Assert.True(_places.EmptyAsync().IsCompleted);
    }

    [Fact]
    public async Task Empty_TakenAndGivenBackByMany_NoneWaitsForEver()
    {
        for (var round = 0; round < 1000; round++)
        {
            Assert.True(_places.TryTake());
            var giving = Task.Run(_places.GiveBack);
            await _places.EmptyAsync().In();
            await giving;
        }
    }
}
