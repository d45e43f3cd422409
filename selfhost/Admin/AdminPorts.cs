using Microsoft.Extensions.Options;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Admin;

/// <summary>The ports that aren't for clients. A request is told by the port that it came in at, which nobody can pretend, whatever proxies say.</summary>
internal sealed class AdminPorts(IOptions<AdminOptions> options)
{
    private readonly HashSet<int> _ports = [.. ListenAddresses.Split(options.Value.Urls).Select(AdminAddresses.PortOf).OfType<int>()];

    public bool AreNone => _ports.Count == 0;

    public bool Contains(int? port) => port is { } known && _ports.Contains(known);
}
