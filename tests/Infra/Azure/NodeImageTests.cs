using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>infra/hooks/node-image.cs with stubs of azd, az and dotnet.</summary>
[Collection(HookPrograms.Collection)]
public sealed class NodeImageTests(HookPrograms hooks) : IDisposable
{
    private const string Registry = "crtest.azurecr.io";

    private readonly StubTools _tools = new("azd", "az", "dotnet");

    public void Dispose() => _tools.Dispose();

    [Fact]
    public async Task Build_NoRegistry_DoesNothing()
    {
        var run = await RunAsync(null);
        Assert.Equal(0, run.Code);
        Assert.Empty(_tools.Calls);
    }

    [Fact]
    public async Task Build_RegistryThatIsGone_ForgetsItsImage()
    {
        var run = await RunAsync(null, ("SERVERLESS_NODE_IMAGE", $"{Registry}/serverless-node:1"));
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal(["azd env set SERVERLESS_NODE_IMAGE"], _tools.Calls.Select(call => call.TrimEnd()));
    }

    [Fact]
    public async Task Build_NewSources_PushesAndRemembers()
    {
        var run = await RunAsync(Registry);
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal(3, _tools.Calls.Count);
        Assert.StartsWith("az acr login --name crtest --expose-token", _tools.Calls[0], StringComparison.Ordinal);
        Assert.StartsWith($"dotnet publish {Path.Combine(hooks.Root, "selfhost")} -c Release -t:PublishContainer", _tools.Calls[1], StringComparison.Ordinal);
        Assert.Contains($"-p:ContainerRegistry={Registry} -p:ContainerRepository=serverless-node -p:ContainerImageTag={Tag()} push=token-of-az", _tools.Calls[1], StringComparison.Ordinal);
        Assert.Equal($"azd env set SERVERLESS_NODE_IMAGE {Registry}/serverless-node:{Tag()}", _tools.Calls[2]);
    }

    [Theory]
    [InlineData("core/One.cs")]
    [InlineData("selfhost/One.cs")]
    [InlineData("infra/nginx/One.cs")]
    [InlineData("clients/js/documents.js")]
    [InlineData("Directory.Packages.props")]
    public async Task Build_AnyFileOfTheImageChanges_IsBuilt(string file)
    {
        _ = await RunAsync(Registry);
        var image = $"{Registry}/serverless-node:{Tag()}";
        // read by nobody: the programs are built already, and dotnet is a stub
        await File.AppendAllTextAsync(Path.Combine(hooks.Root, file), $"<!-- {Guid.NewGuid()} -->");
        _ = await RunAsync(Registry, ("SERVERLESS_NODE_IMAGE", image));
        Assert.NotEqual(image, $"{Registry}/serverless-node:{Tag()}");
    }

    [Fact]
    public async Task Build_SameSources_DoesNothing()
    {
        _ = await RunAsync(Registry);
        var image = $"{Registry}/serverless-node:{Tag()}";
        var calls = _tools.Calls.Count;
        await File.WriteAllTextAsync(Path.Combine(hooks.Root, "selfhost", "obj", "One.cs"), $"// {Guid.NewGuid()}");
        var run = await RunAsync(Registry, ("SERVERLESS_NODE_IMAGE", image));
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal(calls, _tools.Calls.Count);
    }

    [Fact]
    public async Task Build_GivenUserAndTag_AreTaken()
    {
        var run = await RunAsync(Registry, ("DOTNET_CONTAINER_PUSH_REGISTRY_UNAME", "me"), ("DOTNET_CONTAINER_PUSH_REGISTRY_PWORD", "mine"), ("SERVERLESS_NODE_TAG", "v2"));
        Assert.True(run.Code == 0, run.Text);
        Assert.DoesNotContain(_tools.Calls, call => call.StartsWith("az ", StringComparison.Ordinal));
        Assert.Contains("-p:ContainerImageTag=v2 push=mine", _tools.Calls[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("az *")]
    [InlineData("dotnet *")]
    public async Task Build_FailingTool_RemembersNothing(string failing)
    {
        var run = await RunAsync(Registry, (StubTools.FailVariable, failing));
        Assert.NotEqual(0, run.Code);
        Assert.DoesNotContain(_tools.Calls, call => call.StartsWith("azd ", StringComparison.Ordinal));
    }

    private string Tag() => _tools.Calls.Last(call => call.StartsWith("azd env set", StringComparison.Ordinal)).Split(':')[^1];

    private Task<ToolRun> RunAsync(string? registry, params (string Name, string? Value)[] more) => hooks.RunAsync("node-image", _tools,
    [
        ("AZURE_CONTAINER_REGISTRY_ENDPOINT", registry), ("SERVERLESS_NODE_IMAGE", null), ("SERVERLESS_NODE_TAG", null),
        ("DOTNET_CONTAINER_PUSH_REGISTRY_UNAME", null), ("DOTNET_CONTAINER_PUSH_REGISTRY_PWORD", null), .. more,
    ]);
}
