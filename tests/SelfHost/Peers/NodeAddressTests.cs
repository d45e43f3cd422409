using System.Net;
using Serverless.SelfHost.Peers;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Peers;

/// <summary>Where a node says that others reach it.</summary>
public sealed class NodeAddressTests
{
    [Theory]
    [InlineData("127.0.0.1 ::1 10.0.0.5", "10.0.0.5")]
    [InlineData("10.0.0.5 10.0.0.6", "10.0.0.5")]
    [InlineData("172.17.0.1 10.0.0.5+", "10.0.0.5")]
    [InlineData("fd00::5 10.0.0.5", "10.0.0.5")]
    [InlineData("fd00::5+ 172.17.0.1", "[fd00::5]")]
    [InlineData("fe80::1+ 169.254.3.4+ fd00::5", "[fd00::5]")]
    [InlineData("127.0.0.1 ::1 fe80::1 169.254.3.4", null)]
    public void Choose_Addresses_TakesWhatOthersReach(string addresses, string? expected) =>
        Assert.Equal(expected, MachineAddress.Choose(addresses.Split(' ').Select(each => (IPAddress.Parse(each.TrimEnd('+')), each.EndsWith('+')))));

    [Theory]
    [InlineData("+")]
    [InlineData("0.0.0.0")]
    [InlineData("[::]")]
    public async Task Value_ListeningAtAnyAddress_IsOneThatAnswers(string any)
    {
        var port = TestPorts.Next();
        await using var node = await Node.StartAsync(("urls", $"http://{any}:{port}"));
        var address = new Uri(node.Service<NodeAddress>().Value);
        Assert.Equal(port, address.Port);
        Assert.Equal(MachineAddress.Find().Trim('[', ']'), address.Host.Trim('[', ']'));
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(address, "/health/live"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Value_ListeningAtOneAddress_IsThat()
    {
        var port = TestPorts.Next();
        await using var node = await Node.StartAsync(("urls", $"http://127.0.0.1:{port}"));
        Assert.Equal($"http://127.0.0.1:{port}", node.Service<NodeAddress>().Value);
    }
}
