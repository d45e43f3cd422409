using System.Net;

namespace Serverless.SelfHost.Security;

/// <summary>The addresses that the node is going to listen on, as Kestrel will read them from configuration.</summary>
internal sealed class ListenAddresses(IConfiguration configuration)
{
    /// <summary>Whether configuration names none, so that the default counts.</summary>
    public bool IsEmpty => All.Count == 0;

    /// <summary>Whether they stand in Kestrel's own section, which then goes before all else.</summary>
    public bool AreEndpoints => Endpoints().Any();

    /// <summary>All of them.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            // in the order in which one goes before the other
            string[][] kinds = [[.. Endpoints()], Split(configuration[WebHostDefaults.ServerUrlsKey]), [.. Ports()]];
            return kinds.FirstOrDefault(addresses => addresses.Length > 0, []);
        }
    }

    /// <summary>The first that other machines may reach; null when there is none.</summary>
    public string? FirstNotLoopback => All.FirstOrDefault(address => !IsLoopback(address));

    /// <summary>The addresses of a setting that holds several.</summary>
    public static string[] Split(string? value) => (value ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private IEnumerable<string> Endpoints() =>
        configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"] ?? endpoint.Path);

    private IEnumerable<string> Ports() =>
        Split(configuration[WebHostDefaults.HttpPortsKey]).Select(port => $"http://*:{port}")
            .Concat(Split(configuration[WebHostDefaults.HttpsPortsKey]).Select(port => $"https://*:{port}"));

    private static bool IsLoopback(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Host == "localhost" || (IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));
}
