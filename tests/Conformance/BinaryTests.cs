using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>Bytes between stock clients of the MessagePack protocol: from .NET's byte[] to JavaScript's Uint8Array, and back.</summary>
public sealed class BinaryTests(Topologies topologies)
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Topology.OneNode, HttpTransportType.WebSockets)]
    [InlineData(Topology.OneNode, HttpTransportType.LongPolling)]
    [InlineData(Topology.TwoNodes, HttpTransportType.WebSockets)]
    public async Task Send_BetweenLanguages_KeepsEachByte(Topology topology, HttpTransportType transport)
    {
        var url = $"{await topologies.UrlAsync(topology)}/api?hub=h{Guid.NewGuid():N}";
        await using var script = NodeJsScript.Start("binary.mjs", $"{url}&user=js", transport.ToString());
        Assert.Equal("connected", (await script.NextAsync()).Event);
        var back = Channel.CreateUnbounded<byte[]>();
        await using var client = new HubConnectionBuilder()
            .WithUrl($"{url}&user=net", options => options.Transports = transport)
            .AddMessagePackProtocol()
            .Build();
        client.On<byte[]>("back", bytes => back.Writer.WriteAsync(bytes, Stop).AsTask());
        await client.StartAsync(Stop);

        // at the boundaries of the lengths that MessagePack has for them, and every value
        foreach (var size in new[] { 0, 1, 255, 256, 257, 65_535, 65_536, 200_000 })
        {
            var bytes = Enumerable.Range(0, size).Select(i => (byte)(i ^ (i >> 8))).ToArray();
            await client.InvokeAsync("Broadcast", "bytes", bytes, Stop);

            Assert.Equal(("bytes", Convert.ToHexString(bytes)), await script.NextAsync());
            Assert.Equal(bytes, await back.Reader.ReadAsync(Stop).AsTask().WaitAsync(Guard, Stop));
        }
    }
}
