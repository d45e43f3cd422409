using Serverless.SelfHost.LocalFleet;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>nginx takes each file of infra/nginx without a warning; a mistake in one is found.</summary>
public sealed class NginxConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nginx-").FullName;

    private static string Shipped => Repository.PathOf("infra", "nginx");

    public static TheoryData<string> Configs => [.. Directory.GetFiles(Shipped, "*.conf").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Configs))]
    public async Task Test_ShippedConfig_IsGood(string config)
    {
        var site = new NginxSite(Shipped, config, _folder);
        site.Write("127.0.0.1:8080", ["127.0.0.1:5001", "127.0.0.1:5002"]);
        Assert.Null(await NginxServer.FaultAsync(site));
    }

    [Fact]
    public void Configs_AreFive() => Assert.Equal(5, Configs.Count);

    [Theory]
    [InlineData("        hash $session_key consistent;", "        hash $session_key;;", "unexpected \";\"")]
    [InlineData("        hash $session_key consistent;", "        hash $sesion_key consistent;", "unknown \"sesion_key\" variable")]
    [InlineData("        hash $session_key consistent;", "        keepalive 8; hash $session_key consistent;", "load balancing method redefined")]
    [InlineData("            include shared/proxy.conf;", "            include shared/prox.conf;", "No such file")]
    [InlineData("proxy_pass http://nodes;", "proxy_pas http://nodes;", "unknown directive")]
    public async Task Test_Mistake_IsFound(string right, string wrong, string fault)
    {
        var site = new NginxSite(Shipped, "session-id.conf", _folder);
        site.Write("127.0.0.1:8080", ["127.0.0.1:5001"]);
        var text = await File.ReadAllTextAsync(site.File, TestContext.Current.CancellationToken);
        Assert.Contains(right, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(site.File, text.Replace(right, wrong, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Contains(fault, await NginxServer.FaultAsync(site), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OtherServers_ChangesNothingElse()
    {
        var site = new NginxSite(Shipped, "room.conf", _folder);
        site.Write("127.0.0.1:8080", ["127.0.0.1:5001", "127.0.0.1:5002", "127.0.0.1:5003"]);
        var shipped = File.ReadAllLines(Path.Combine(Shipped, "room.conf"));
        var changed = File.ReadAllLines(site.File).Zip(shipped).Where(pair => pair.First != pair.Second).Select(pair => pair.First.Trim());
        Assert.Equal(
            [
                $"error_log {_folder}/error.log warn;",
                "server 127.0.0.1:5001 max_fails=1 fail_timeout=5s;",
                "server 127.0.0.1:5002 max_fails=1 fail_timeout=5s;",
                "server 127.0.0.1:5003 max_fails=1 fail_timeout=5s;",
                "listen 127.0.0.1:8080;",
            ],
            changed);
    }

    [Fact]
    public void Write_FileWithoutServers_Throws()
    {
        File.WriteAllText(Path.Combine(_folder, "empty.conf"), "events {}\n");
        var fault = Assert.Throws<InvalidDataException>(() => new NginxSite(_folder, "empty.conf", _folder).Write("127.0.0.1:1", ["127.0.0.1:2"]));
        Assert.Contains("empty.conf has no line 'server name:port'", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
