using System.Text.Json;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>azure.yaml by azd's schema, by its lists of keys, and by what it points to.</summary>
public sealed class AzureYamlTests : IDisposable
{
    private static readonly string Page = Repository.PathOf("azure.yaml");

    private readonly string _folder = Directory.CreateTempSubdirectory("azd-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task File_Schema_IsKept()
    {
        var (errors, document) = await CheckAsync(Page);
        Assert.Empty(errors);
        var service = document.GetProperty("services").GetProperty("functions");
        Assert.Equal("function", service.GetProperty("host").GetString());
        var folder = Path.GetFullPath(service.GetProperty("project").GetString()!, Repository.Root);
        Assert.True(Directory.Exists(folder));

        // a hook of a service is looked for from the service's folder, one of the project from the root
        Assert.True(File.Exists(Path.GetFullPath(Run(service.GetProperty("hooks").GetProperty("postdeploy")), folder)));
        Assert.All(document.GetProperty("hooks").EnumerateObject(), hook => Assert.True(File.Exists(Path.GetFullPath(Run(hook.Value), Repository.Root))));
        Assert.True(File.Exists(Repository.PathOf("infra", "main.bicep")));

        // what the loop over shards sets must not come from outputs: those go first in azd
        Assert.Equal("${SHARD_RESOURCE_GROUP}", service.GetProperty("resourceGroup").GetString());
        Assert.DoesNotContain("SHARD_RESOURCE_GROUP", await File.ReadAllTextAsync(Repository.PathOf("infra", "main.bicep")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name: serverless", "name: Serverless!", "pattern")]
    [InlineData("    host: function\n", "", "required property 'host'")]
    [InlineData("preprovision", "preprovisoin", "preprovisoin")]
    [InlineData("        run:", "        runs:", "runs")]
    [InlineData("infra:\n", "resourceGroups: one\ninfra:\n", "unknown key resourceGroups")]
    [InlineData("    language: dotnet", "    langauge: dotnet", "unknown key langauge")]
    [InlineData("    language: dotnet", "    language: dotnet\n    k8s: {}", "")]
    [InlineData("    language: dotnet", "    language: dotnet\n    language: dotnet", "unique")]
    public async Task File_SeededMistake_IsFound(string old, string wrong, string expected)
    {
        var text = await File.ReadAllTextAsync(Page);
        Assert.Contains(old, text, StringComparison.Ordinal);
        var file = Path.Combine(_folder, "azure.yaml");
        await File.WriteAllTextAsync(file, text.Replace(old, wrong, StringComparison.Ordinal));
        var (errors, _) = await CheckAsync(file);
        Assert.Contains(errors, error => error.Contains(expected, StringComparison.Ordinal));
    }

    private static string Run(JsonElement hook) => hook.GetProperty("run").GetString()!;

    private static async Task<(IReadOnlyList<string> Errors, JsonElement Document)> CheckAsync(string file)
    {
        var folder = Repository.PathOf("tests", "Infra", "Validators");
        var run = await ToolRun.OfAsync("node", ["azure-yaml.mjs", Repository.PathOf("tests", "Infra", "Azure", "azure.yaml.schema.json"), file], folder);
        Assert.True(run.Code == 0, run.Text);
        using var answer = JsonDocument.Parse(run.Output);
        return ([.. answer.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetString()!)], answer.RootElement.GetProperty("document").Clone());
    }
}
