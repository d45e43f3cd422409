using Serverless.Bench.Load.Modes;
using Serverless.Bench.Load.Wire;

namespace Serverless.Bench.Load.Compare;

/// <summary>A contender's processes, running. Disposal ends them and deletes their files.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    private readonly List<ChildProcess> _processes = [];
    private readonly List<Uri> _urls = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("serverless-bench-");

    private Deployment()
    {
    }

    public Target Target => new(_urls, [.. _processes.Select(process => process.Id)]);

    /// <summary>The port of its Redis; 0 when it has none.</summary>
    public int RedisPort { get; private set; }

    /// <summary>Starts all processes and waits until they serve.</summary>
    /// <exception cref="IOException">One doesn't.</exception>
    public static async Task<Deployment> StartAsync(Contender contender, DeploymentOptions options, CancellationToken stop)
    {
        var deployment = new Deployment();
        try
        {
            if (contender.WithRedis)
            {
                deployment.RedisPort = FreePort.Next();
                var folder = deployment._folder.CreateSubdirectory("redis").FullName;
                deployment._processes.Add(await RedisServer.StartAsync(deployment.RedisPort, folder, options.AppendOnlyFile, stop));
            }

            for (var node = 0; node < contender.Nodes; node++)
            {
                await deployment.StartNodeAsync(contender, node, options, stop);
            }

            return deployment;
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the processes printed last.</summary>
    public string LastLines() => string.Join('\n', _processes.Select(process => process.LastLines()).Where(lines => lines.Length > 0));

    public async ValueTask DisposeAsync()
    {
        for (var i = _processes.Count - 1; i >= 0; i--)
        {
            await _processes[i].DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartNodeAsync(Contender contender, int index, DeploymentOptions options, CancellationToken stop)
    {
        var folder = _folder.CreateSubdirectory($"node{index}").FullName;
        var port = FreePort.Next();
        var (url, arguments) = contender.Program == NodeProgram.Ours
            ? (new Uri($"http://127.0.0.1:{port}/api?hub=bench"), (List<string>)[options.NodeDll, "serve"])
            : (new Uri($"http://127.0.0.1:{port}/hub"), [options.PeerDll]);
        arguments.AddRange(["--urls", $"http://127.0.0.1:{port}"]);
        if (contender.WithRedis)
        {
            arguments.AddRange(["--redis", $"127.0.0.1:{RedisPort}"]);
        }

        var process = ChildProcess.Start("dotnet", arguments, folder, Environment(contender, folder, options));
        _processes.Add(process);
        _urls.Add(url);
        using var negotiation = new Negotiation();
        await process.UntilServingAsync(() => negotiation.Negotiate(url, stop), stop);
    }

    private static Dictionary<string, string> Environment(Contender contender, string folder, DeploymentOptions options)
    {
        // Development: our node runs its handlers in the process; what it would log beyond warnings is switched off for all
        var environment = new Dictionary<string, string>(contender.Settings)
        {
            ["ASPNETCORE_ENVIRONMENT"] = contender.Program == NodeProgram.Ours ? "Development" : "Production",
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning",
            ["Serverless__Log__Path"] = Path.Combine(folder, "data"),
        };
        if (options.ServerGc is { } serverGc)
        {
            environment["DOTNET_gcServer"] = serverGc ? "1" : "0";
        }

        return environment;
    }
}

/// <summary>How processes are started.</summary>
/// <param name="NodeDll">Our node, built.</param>
/// <param name="PeerDll">The SignalR server, built.</param>
/// <param name="ServerGc">The garbage collector of all nodes; null leaves each its own default.</param>
/// <param name="AppendOnlyFile">Whether Redis writes an append-only file.</param>
internal sealed record DeploymentOptions(string NodeDll, string PeerDll, bool? ServerGc, bool AppendOnlyFile)
{
    /// <summary>What nodes of a program run with, for people.</summary>
    public string GarbageCollector(NodeProgram program) => ServerGc switch
    {
        true => "server (set)",
        false => "workstation (set)",
        null => Repository.GarbageCollector(program == NodeProgram.Ours ? NodeDll : PeerDll) + " (its default)",
    };
}
