using System.Text.Json;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>clients/js/documents.js beside plain editing: what was there before, documents that are full, outages on the way, changes that are refused, what is too large.</summary>
public sealed class DocumentClientTests
{
    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Client_FullDocumentOutageAndRefusals_LosesNothingAndSaysWhatIsNotSaved(string protocol)
    {
        await using var node = await new NodeProcess
        {
            Settings = new Dictionary<string, string>
            {
                ["Serverless:Documents:MaxDocumentBytes"] = "2000",
                ["Serverless:Documents:MaxUpdateBytes"] = "1024",
                ["Serverless:Documents:MaxSnapshotBytes"] = "1025",
            },
        }.StartAsync();

        var seen = JsonElement.Parse(await NodeJs.RunAsync("documentclient.mjs", $"{node.Url}/api?hub=h", protocol));
        Assert.Equal("before", seen.Text("before"));
        var after = seen.Text("after")!;
        Assert.Contains("away ", after, StringComparison.Ordinal);
        Assert.Contains("there ", after, StringComparison.Ordinal);
        Assert.EndsWith("before" + new string('x', 300), after, StringComparison.Ordinal);
        Assert.InRange(seen.GetProperty("full").GetInt32(), 2, 100);

        var (during, refused, tooLarge) = (seen.GetProperty("out"), seen.GetProperty("refused"), seen.GetProperty("tooLarge"));
        Assert.Equal((false, "two one " + after), (during.GetProperty("wasSaved").GetBoolean(), during.Text("text")));
        Assert.Empty(Errors(during));
        Assert.Equal((false, "four three two one " + after), (refused.GetProperty("wasSaved").GetBoolean(), refused.Text("text")));
        Assert.Equal(["'document-change' isn't allowed."], Errors(refused));
        Assert.False(tooLarge.GetProperty("isSaved").GetBoolean());
        Assert.Contains("at most 1024", Assert.Single(Errors(tooLarge)), StringComparison.Ordinal);

        var told = seen.GetProperty("long").EnumerateArray().Select(error => error.GetString()!).ToList();
        Assert.Contains("can't be compacted: its state has 18", told[0], StringComparison.Ordinal);
        Assert.All(told[1..], error => Assert.Contains("document-full:", error, StringComparison.Ordinal));
        Assert.InRange(seen.GetProperty("largest").GetInt32(), 900, 1025);
        Assert.False(seen.GetProperty("closed").GetBoolean());
    }

    /// <summary>The node loses two of three changes, and one to three others take their numbers: the client learns of it by the first, and sends its own again.</summary>
    [Fact]
    public async Task Client_LogLostItsChanges_SeesItByTheTagAndSendsThemAgain()
    {
        var seen = JsonElement.Parse(await NodeJs.RunAsync("documentloss.mjs"));
        Assert.Equal(["abcd", "abcde", "abcdef"], seen.EnumerateArray().Select(each => each.Text("letters")));
        Assert.All(seen.EnumerateArray(), each =>
        {
            Assert.Equal(("0.0000000000000000", "3.0000000000000003"), (each.Text("empty"), each.Text("before")));
            Assert.Equal([null, "3.0000000000000003"], each.GetProperty("syncs").EnumerateArray().Take(2).Select(sync => sync.GetString()));
            Assert.True(each.GetProperty("isSame").GetBoolean());
        });
    }

    private static List<string> Errors(JsonElement part) => [.. part.GetProperty("errors").EnumerateArray().Select(error => error.GetString()!)];
}
