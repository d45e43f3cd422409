using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Serverless.Tests.Fixtures;

/// <summary>A real HAProxy with infra/haproxy/cookie.cfg as it is shipped, on a free port before other servers. Ends only what it started.</summary>
internal sealed partial class HaproxyServer : IAsyncDisposable
{
    private readonly List<Process> _processes = [];

    public int Port { get; } = TestPorts.Next();

    public string Url => $"http://127.0.0.1:{Port}";

    public string Folder { get; } = Directory.CreateTempSubdirectory("haproxy-").FullName;

    /// <summary>The shipped file.</summary>
    public static string Shipped => Repository.PathOf("infra", "haproxy", "cookie.cfg");

    private string Config => Path.Combine(Folder, "cookie.cfg");

    /// <summary>The shipped file with another address to listen on and other servers, which are called node-1, node-2 and so on.</summary>
    public static string Substitute(string text, int port, params string[] servers)
    {
        var first = ServerRule().Match(text);
        var lines = string.Concat(servers.Select((server, i) => $"    server node-{i + 1} {server} cookie node-{i + 1}\n"));
        return ServerRule().Replace(text, "").Insert(first.Index, lines).Replace("bind :80\n", $"bind 127.0.0.1:{port}\n", StringComparison.Ordinal);
    }

    /// <summary>What <c>haproxy -c</c> says of a configuration.</summary>
    /// <returns>Null when it is good.</returns>
    public static async Task<string?> FaultAsync(string file)
    {
        using var process = Process.Start(new ProcessStartInfo("haproxy", ["-c", "-f", file]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var text = await output + await errors;
        return process.ExitCode == 0 && !text.Contains("[WARNING]", StringComparison.Ordinal) ? null : text;
    }

    /// <summary>Starts it, or has a new process take over from the one there is, which serves its connections to their end.</summary>
    /// <param name="servers">The nodes.</param>
    /// <returns>It takes connections when the task completes.</returns>
    public async Task<HaproxyServer> StartAsync(params string[] servers)
    {
        await File.WriteAllTextAsync(Config, Substitute(await File.ReadAllTextAsync(Shipped), Port, servers));
        string[] takeOver = _processes.Count == 0 ? [] : ["-sf", $"{_processes[^1].Id}"];
        var process = Process.Start(new ProcessStartInfo("haproxy", ["-db", "-f", Config, .. takeOver]) { RedirectStandardError = true })
            ?? throw new InvalidOperationException("haproxy didn't start: install it (apt-get install haproxy).");
        _processes.Add(process);
        process.BeginErrorReadLine();
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false });
        http.DefaultRequestHeaders.ConnectionClose = true;
        await Wait.UntilAsync(
            async () =>
            {
                // the newest server has no connection yet, so the first newcomer is given to it
                try
                {
                    using var answer = await http.GetAsync(new Uri($"{Url}/health/live"));
                    return takeOver.Length == 0
                        || (answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(cookie => cookie.Contains($"node-{servers.Length}", StringComparison.Ordinal)));
                }
                catch (HttpRequestException) when (!process.HasExited)
                {
                    return false;
                }
            },
            "HAProxy sends nobody to the newest server");
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            process.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    [GeneratedRegex(@"^ +server [\w-]+ [\w.-]+:\d+ cookie [\w-]+\n", RegexOptions.Multiline)]
    private static partial Regex ServerRule();
}
