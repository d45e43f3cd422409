using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Hosting;
using Serverless.Services;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>What clients may call on a node they may call through the functions app too, whose triggers aren't compiled everywhere.</summary>
public sealed partial class TriggerTests
{
    [Fact]
    public async Task Methods_EachHasItsTrigger() =>
        Expect.None(await FaultsAsync(SourceFile.In("functions/SignalRTriggers", ".cs").Select(file => file.Text)), "Give each method of a service one trigger in functions/SignalRTriggers, like the others.");

    /// <summary>A method without trigger, one whose trigger calls another, and a trigger of nothing.</summary>
    [Fact]
    public async Task Faults_Mistakes_AreFound()
    {
        var texts = SourceFile.In("functions/SignalRTriggers", ".cs").Select(file => file.Text).ToList();
        Assert.NotEmpty(texts);
        async Task<IEnumerable<string>> ChangedAsync(string what, string with) => await FaultsAsync(texts.Select(text => text.Replace(what, with, StringComparison.Ordinal)));

        Assert.Equal(["notification-list has no trigger"], await ChangedAsync("\"messages\", \"notification-list\"", "\"connections\", \"notification-list\""));
        Assert.Equal(["typing has no trigger"], await ChangedAsync("context.AsCaller(), \"typing\"", "context.AsCaller(), \"cursor-move\""));
        Assert.Equal(["Echo has no trigger"], await ChangedAsync("[Function(\"Echo\")]", "[Function(\"Ecco\")]"));
        Assert.Equal(["Echo has no trigger", "Gone is no method"], await ChangedAsync("\"Echo\"", "\"Gone\""));
    }

    private static async Task<IEnumerable<string>> FaultsAsync(IEnumerable<string> texts)
    {
        var triggers = texts.SelectMany(text => TriggerRule().Matches(text)).Select(match => match.Groups["name"].Value).ToList();
        var methods = await MethodsAsync();
        return methods.Where(name => !triggers.Contains(name)).Select(name => $"{name} has no trigger")
            .Concat(triggers.Where(name => !methods.Contains(name)).Select(name => $"{name} is no method"));
    }

    private static async Task<List<string>> MethodsAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddServerlessCore();
        builder.Services.AddServerlessServices();
        await using var provider = builder.Services.BuildServiceProvider();
        return [.. provider.GetRequiredService<HubServices>().Methods];
    }

    [GeneratedRegex("""\[Function\("(?<name>[^"]+)"\)\][^\[]*\[SignalRTrigger\(HubNames\.Chat, "messages", "\k<name>"\)\][^\[]*hub\.InvokeAsync\(context\.AsCaller\(\), "\k<name>", context\.AsJson\(\)""")]
    private static partial Regex TriggerRule();
}
