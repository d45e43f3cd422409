using System.Text.RegularExpressions;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>
/// One of the configurations of <c>infra/nginx</c>, copied so that it runs without root: with other servers, another address to listen on, and all files in one
/// folder. Nothing else of it is changed.
/// </summary>
/// <param name="source">The folder <c>infra/nginx</c>.</param>
/// <param name="name">The configuration: <c>no-affinity.conf</c>.</param>
/// <param name="folder">Where the copy and all files of nginx stand; made when missing.</param>
internal sealed partial class NginxSite(string source, string name, string folder)
{
    private const string Port = "listen 80;";
    private const string Shared = "shared";
    private const string Local = "local";
    private const string LogFolder = "/var/log/nginx/";

    /// <summary>The copy.</summary>
    public string File => Path.Combine(folder, name);

    public string ErrorLog => Path.Combine(folder, "error.log");

    public string PidFile => Path.Combine(folder, "nginx.pid");

    /// <summary>What nginx is started with: in the foreground, with this copy.</summary>
    public IEnumerable<string> Arguments =>
    [
        "-e", ErrorLog, "-p", folder, "-c", File,
        // as root, workers would become a user who can't reach the folder
        "-g", $"daemon off; pid {PidFile};{(Environment.IsPrivilegedProcess ? " user root;" : "")}",
    ];

    /// <summary>Writes the copy; nginx reads it at its start and when it is told to reload.</summary>
    /// <param name="listen">The address to listen on: <c>127.0.0.1:8080</c>.</param>
    /// <param name="servers">The nodes, as <c>127.0.0.1:5000</c>.</param>
    /// <param name="more">More directives for the context http.</param>
    /// <exception cref="InvalidDataException">The configuration has no server in its upstream, or doesn't listen on port 80.</exception>
    public void Write(string listen, IReadOnlyCollection<string> servers, string more = "")
    {
        var text = System.IO.File.ReadAllText(Path.Combine(source, name));
        var first = ServerRule().Match(text);
        if (!first.Success || !text.Contains(Port, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{Path.Combine(source, name)} has no line 'server name:port' in its upstream, or no line '{Port}'.");
        }

        var lines = string.Concat(servers.Select(server => first.Result($"${{before}}{server}${{after}}")));
        text = ServerRule().Replace(text, "").Insert(first.Index, lines).Replace(Port, $"listen {listen};", StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(folder, Shared));
        Directory.CreateDirectory(Path.Combine(folder, Local));
        System.IO.File.WriteAllText(File, InFolder(text));
        foreach (var part in Directory.EnumerateFiles(Path.Combine(source, Shared)))
        {
            System.IO.File.WriteAllText(Path.Combine(folder, Shared, Path.GetFileName(part)), InFolder(System.IO.File.ReadAllText(part)));
        }

        System.IO.File.WriteAllText(Path.Combine(folder, Local, "paths.conf"), $"""
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            {more}
            """);
    }

    private string InFolder(string text) => text.Replace(LogFolder, $"{folder}/", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<before>\s*server )[\w.-]+:\d+(?<after>[^;\n]*;\n)", RegexOptions.Multiline)]
    private static partial Regex ServerRule();
}
