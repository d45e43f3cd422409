using System.Text.Json;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>clients/js/documents.js beside plain editing: what was there before, documents that are full, changes that are refused.</summary>
public sealed class DocumentClientTests
{
    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Client_FullDocumentAndRefusedChange_MakesRoomAndSaysWhatWasRefused(string protocol)
    {
        await using var node = await new NodeProcess
        {
            Settings = new Dictionary<string, string>
            {
                ["Serverless:Documents:MaxDocumentBytes"] = "2000",
                ["Serverless:Documents:MaxUpdateBytes"] = "1024",
            },
        }.StartAsync();

        var seen = JsonElement.Parse(await NodeJs.RunAsync("documentclient.mjs", $"{node.Url}/api?hub=h", protocol));
        Assert.Equal("before", seen.Text("before"));
        var after = seen.Text("after")!;
        Assert.Contains("away ", after, StringComparison.Ordinal);
        Assert.Contains("there ", after, StringComparison.Ordinal);
        Assert.EndsWith("before" + new string('x', 300), after, StringComparison.Ordinal);
        Assert.InRange(seen.GetProperty("full").GetInt32(), 2, 100);
        Assert.Contains("at most 1024", Assert.Single(seen.GetProperty("errors").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }
}
