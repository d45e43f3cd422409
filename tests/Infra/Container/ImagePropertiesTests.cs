using System.Text.Json;
using Serverless.Tests.Fixtures;
using Serverless.Tests.Infra.Azure;
using Xunit;

namespace Serverless.Tests.Infra.Container;

/// <summary>What the image is made of where nothing else is said: the base image and the platform, which <see cref="ImageTests"/> can't take as they are.</summary>
public sealed class ImagePropertiesTests
{
    [Fact]
    public async Task Image_Properties_AreSmallAndNotRoot()
    {
        using var image = await EvaluateAsync();
        var properties = image.RootElement.GetProperty("Properties");
        Assert.Equal("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", properties.GetProperty("ContainerBaseImage").GetString());
        Assert.Equal("1654", properties.GetProperty("ContainerUser").GetString());
        Assert.Equal("serverless-node", properties.GetProperty("ContainerRepository").GetString());
        Assert.Equal("linux-x64", properties.GetProperty("ContainerRuntimeIdentifier").GetString());
        var port = Assert.Single(image.RootElement.GetProperty("Items").GetProperty("ContainerPort").EnumerateArray());
        Assert.Equal("8080", port.GetProperty("Identity").GetString());
        var variable = Assert.Single(image.RootElement.GetProperty("Items").GetProperty("ContainerEnvironmentVariable").EnumerateArray());
        Assert.Equal(("ASPNETCORE_HTTP_PORTS", "8080"), (variable.GetProperty("Identity").GetString(), variable.GetProperty("Value").GetString()));
    }

    [Fact]
    public async Task Image_OtherFamily_IsSeen()
    {
        using var image = await EvaluateAsync("-p:ContainerFamily=noble", "-p:ContainerRuntimeIdentifier=linux-arm64");
        var properties = image.RootElement.GetProperty("Properties");
        Assert.Equal("mcr.microsoft.com/dotnet/aspnet:10.0-noble", properties.GetProperty("ContainerBaseImage").GetString());
        Assert.Equal("linux-arm64", properties.GetProperty("ContainerRuntimeIdentifier").GetString());
    }

    private static async Task<JsonDocument> EvaluateAsync(params string[] more)
    {
        var run = await ToolRun.OfAsync("dotnet",
        [
            "msbuild", "selfhost", "-nologo", "-t:ComputeContainerBaseImage",
            "-getProperty:ContainerBaseImage,ContainerUser,ContainerRepository,ContainerRuntimeIdentifier", "-getItem:ContainerPort,ContainerEnvironmentVariable", .. more,
        ], Repository.Root);
        Assert.True(run.Code == 0, run.Text);
        return JsonDocument.Parse(run.Output);
    }
}
