using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.SelfHost.LocalFleet;

namespace Serverless.Tests.Fixtures;

/// <summary>A real nginx with a configuration of infra/nginx as it is shipped, on a free port before other servers. Ends only what it started.</summary>
internal sealed partial class NginxServer : IAsyncDisposable
{
    /// <summary>Clients say who they are, so that the log knows them.</summary>
    public const string ClientHeader = "X-Test-Client";

    private const string Format = "log_format test '$msec $request_time $http_x_test_client $request_method $uri $status \"$upstream_addr\"';";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly NginxSite _site;
    private Process? _process;

    /// <param name="name">The file: <c>room.conf</c>.</param>
    public NginxServer(string name) => _site = new(Repository.PathOf("infra", "nginx"), name, Folder);

    public int Port { get; } = TestPorts.Next();

    public string Url => $"http://127.0.0.1:{Port}";

    public string Folder { get; } = Directory.CreateTempSubdirectory("nginx-").FullName;

    /// <summary>Starts it; it takes connections when this returns.</summary>
    public async Task<NginxServer> StartAsync(params string[] servers)
    {
        Write(servers);
        _process = Process.Start(new ProcessStartInfo("nginx", _site.Arguments.SkipLast(1).Append($"{_site.Arguments.Last()} error_log {Notices} notice;")))
            ?? throw new InvalidOperationException("nginx didn't start.");
        await UntilAsync(() => Count(WorkerRule()) > 0, "nginx starts no workers");
        return this;
    }

    /// <summary>Has it read its configuration again, with other servers; new connections meet them when this returns.</summary>
    public async Task ReloadAsync(params string[] servers)
    {
        var (started, leaving) = (Count(WorkerRule()), Count(LeavingRule()));
        Write(servers);
        await RedisServer.RunAsync("kill", "-HUP", $"{_process!.Id}");
        await UntilAsync(() => Count(WorkerRule()) > started && Count(LeavingRule()) >= leaving + (started - leaving), "nginx doesn't reload");
    }

    /// <summary>Ends it; then its log is whole.</summary>
    public async Task StopAsync()
    {
        await RedisServer.RunAsync("kill", "-TERM", $"{_process!.Id}");
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
        _process = null;
    }

    /// <summary>The requests that have ended.</summary>
    public IReadOnlyList<BalancedRequest> Requests() =>
        File.Exists(LogFile) ? [.. File.ReadLines(LogFile).Select(BalancedRequest.Parse)] : [];

    /// <summary>What <c>nginx -t</c> says of a configuration.</summary>
    /// <returns>Null when it is good.</returns>
    public static async Task<string?> FaultAsync(NginxSite site)
    {
        using var process = Process.Start(new ProcessStartInfo("nginx", ["-t", .. site.Arguments]) { RedirectStandardError = true })!;
        var text = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 && !text.Contains("[warn]", StringComparison.Ordinal) ? null : text;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await StopAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private string LogFile => Path.Combine(Folder, "test.log");

    private string Notices => Path.Combine(Folder, "notices.log");

    // clients stand behind a proxy, as far as nginx can tell: so each has an address of its own
    private void Write(string[] servers) => _site.Write(
        $"127.0.0.1:{Port}", servers, $"{Format}\naccess_log {LogFile} test;\nset_real_ip_from 127.0.0.0/8;\nreal_ip_header X-Real-IP;");

    private int Count(Regex rule) => File.Exists(Notices) ? rule.Count(File.ReadAllText(Notices)) : 0;

    private async Task UntilAsync(Func<bool> fact, string otherwise)
    {
        for (var waited = Stopwatch.StartNew(); !fact(); await Task.Delay(20))
        {
            if (_process!.HasExited || waited.Elapsed > Patience)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture, $"{otherwise}: {(File.Exists(Notices) ? File.ReadAllText(Notices) : File.ReadAllText(_site.ErrorLog))}"));
            }
        }
    }

    [GeneratedRegex("start worker process ")]
    private static partial Regex WorkerRule();

    [GeneratedRegex("gracefully shutting down")]
    private static partial Regex LeavingRule();
}
