using System.CommandLine;
using System.Net;
using Serverless.SelfHost.Hosting;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>Runs a fleet on this machine until it is told to stop; then none of its processes is left.</summary>
/// <param name="plan">What it consists of.</param>
/// <param name="port">Where the nginx before all shards listens.</param>
/// <param name="data">The folder for all files.</param>
/// <param name="balancer">The configuration of <c>infra/nginx</c> before each shard's nodes, without ".conf".</param>
/// <param name="time">For waiting.</param>
internal sealed class LocalFleetRunner(FleetPlan plan, int port, string data, string balancer, TimeProvider time)
{
    private const string FrontConfig = "no-affinity.conf";

    private static readonly string Configs = Path.Combine(AppContext.BaseDirectory, "nginx");

    private readonly string _data = Path.GetFullPath(data);

    private string Description => Path.Combine(_data, "fleet.json");

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(InvocationConfiguration console, CancellationToken cancellationToken)
    {
        try
        {
            var programs = Programs.Find();
            Directory.CreateDirectory(_data);
            if (Leftovers.In(_data) is { Count: > 0 } others)
            {
                throw new StartException($"A fleet with its data in {_data} is running, or a killed one left processes: {string.Join(' ', others)}. End them, or choose another --data.");
            }

            FleetFile.Write(Description, plan);
            await using var children = new FleetChildren(_data, time);
            await StartAsync(children, programs, cancellationToken);
            await console.Output.WriteAsync(FleetText.For(plan, port, Description, children));
            await Task.WhenAll(children.All.Select(child => WatchAsync(child, console.Output, cancellationToken)));
            return cancellationToken.IsCancellationRequested ? 0 : 1;
        }
        catch (StartException fault)
        {
            await console.Error.WriteLineAsync($"The fleet can't start.{Environment.NewLine}{fault.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
    }

    private async Task StartAsync(FleetChildren children, Programs programs, CancellationToken stop)
    {
        await Task.WhenAll(plan.Shards.Select(shard => StartRedis(children, programs, shard, stop)).ToList());
        await Task.WhenAll(plan.Shards.SelectMany(shard => shard.Nodes.Select(node => StartNode(children, programs, shard, node, stop))).ToList());
        await Task.WhenAll(plan.Shards.Select(shard =>
            StartNginx(children, programs, FleetNames.Nginx + shard.Name, $"{balancer}.conf", shard.Port, shard.Nodes.Select(node => node.Port), stop)).ToList());
        await StartNginx(children, programs, FleetNames.Front, FrontConfig, port, plan.Shards.Select(shard => shard.Port), stop);
    }

    private static Task StartRedis(FleetChildren children, Programs programs, LocalShard shard, CancellationToken stop)
    {
        var name = FleetNames.Redis + shard.Name;
        var redis = children.Start(
            name,
            [programs.Redis, "--port", $"{shard.RedisPort}", "--bind", "127.0.0.1", "--dir", children.FolderOf(name), "--appendonly", "yes", "--save", ""]);
        return children.UntilAsync(redis, token => FleetChildren.ListensAsync(shard.RedisPort, token), stop);
    }

    private Task StartNode(FleetChildren children, Programs programs, LocalShard shard, LocalNode node, CancellationToken stop)
    {
        var child = children.Start(
            FleetNames.Node + node.Name,
            [.. programs.Node, "serve", "--urls", $"http://127.0.0.1:{node.Port}", "--redis", $"127.0.0.1:{shard.RedisPort}", "--log", "redis"],
            ("ASPNETCORE_ENVIRONMENT", "Development"),
            ("Serverless__Node__PublicEndpoint", shard.Endpoint),
            ("Serverless__Admin__Urls", $"http://127.0.0.1:{node.AdminPort}"),
            ("Serverless__Fleet__Shard", shard.Name),
            ("Serverless__Fleet__Description", Description));
        return children.UntilAsync(child, token => IsReadyAsync(node, token), stop);
    }

    private static Task StartNginx(
        FleetChildren children, Programs programs, string name, string config, int listen, IEnumerable<int> servers, CancellationToken stop)
    {
        var site = new NginxSite(Configs, config, children.FolderOf(name));
        site.Write($"127.0.0.1:{listen}", [.. servers.Select(server => $"127.0.0.1:{server}")]);
        var nginx = children.Start(name, [programs.Nginx, .. site.Arguments]);
        return children.UntilAsync(nginx, async token => !nginx.Ended.IsCompleted && File.Exists(site.PidFile) && await FleetChildren.ListensAsync(listen, token), stop);
    }

    private static async Task<bool> IsReadyAsync(LocalNode node, CancellationToken stop)
    {
        using var http = new HttpClient();
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{node.Port}/health/ready"), stop);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Names a child that ends; the others go on.</summary>
    private static async Task WatchAsync(ChildProcess child, TextWriter output, CancellationToken stop)
    {
        try
        {
            await child.Ended.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (!stop.IsCancellationRequested)
        {
            await output.WriteLineAsync($"{child.LastWords}{Environment.NewLine}The others go on.");
        }
    }
}
