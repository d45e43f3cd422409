using Serverless.SelfHost.Hosting;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>The programs that a local fleet is made of.</summary>
/// <param name="Redis">The path of redis-server.</param>
/// <param name="Nginx">The path of nginx.</param>
/// <param name="Node">The path of this program, and what has to stand before its arguments.</param>
internal sealed record Programs(string Redis, string Nginx, IReadOnlyList<string> Node)
{
    // Debian has nginx in a folder that isn't on every user's PATH
    private static readonly string[] MoreFolders = ["/usr/sbin", "/usr/local/sbin"];

    /// <exception cref="StartException">One is missing: the message says how to install it.</exception>
    public static Programs Find()
    {
        var (redis, nginx) = (PathOf("redis-server"), PathOf("nginx"));
        if (redis is null || nginx is null)
        {
            var missing = string.Join(" and ", from pair in new[] { (Name: "redis-server", Path: redis), (Name: "nginx", Path: nginx) } where pair.Path is null select pair.Name);
            throw new StartException($"A local fleet needs {missing}, on the PATH. Debian, Ubuntu: sudo apt-get install redis-server nginx-light");
        }

        var self = Environment.ProcessPath!;
        return new(redis, nginx, Path.GetFileNameWithoutExtension(self) == "dotnet" ? [self, typeof(Programs).Assembly.Location] : [self]);
    }

    private static string? PathOf(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(MoreFolders)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
