using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Connections;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>The stock @microsoft/signalr client in node.js, over each transport and protocol, against one node and against two behind a balancer.</summary>
public sealed class StockJavaScriptClientTests(Topologies topologies)
{
    [Theory]
    [ClassData(typeof(ClientMatrix))]
    public async Task Conformance_AllCalls_GiveWhatTheyShould(Topology topology, HttpTransportType transport, string protocol)
    {
        var url = $"{await topologies.UrlAsync(topology)}/api?hub=h{Guid.NewGuid():N}";

        var seen = JsonNode.Parse(await NodeJs.RunAsync("conformance.mjs", url, transport.ToString(), protocol))!;

        var all = string.Join(",", Enumerable.Range(0, 100)) + ",\"end\"";
        const string Group = "[\"to the group\",{\"nested\":[1,2.5,null,\"ü\"]}]";
        Assert.Equal($"[{Group},\"to those left\",{all}]", Text(seen["ada"]));
        Assert.Equal($"[{Group},\"to bob\",{all}]", Text(seen["bob"]));
        Assert.Equal($"[{all}]", Text(seen["eve"]));
        Assert.Equal("{\"text\":\"grüße\\n\",\"list\":[1,true,null]}", Text(seen["echo"]));
        Assert.Contains("Method 'Nothing' does not exist.", Text(seen["unknown"]), StringComparison.Ordinal);
    }

    private static string Text(JsonNode? node) => node!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
