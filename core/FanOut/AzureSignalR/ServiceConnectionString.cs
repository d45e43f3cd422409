using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>A connection string in Azure SignalR's grammar. Contract, section 1.1. Holds the access key, and shows it nowhere.</summary>
public sealed partial class ServiceConnectionString
{
    private static readonly string[] Known = ["Endpoint", "AccessKey", "Port", "Version", "ServerEndpoint", "ClientEndpoint", "AuthType"];

    private ServiceConnectionString(Uri endpoint, Uri clients, Uri audience, byte[] accessKey)
    {
        (Endpoint, Audience, AccessKey) = (endpoint, audience, accessKey);
        Clients = new(clients.AbsoluteUri, audience.AbsoluteUri, accessKey);
    }

    /// <summary>Where clients are sent: <c>ClientEndpoint</c>, else <c>Endpoint</c>.</summary>
    public ClientAddress Clients { get; }

    /// <summary>Where requests go; no slash at the end of its text.</summary>
    public Uri Endpoint { get; }

    /// <summary>Scheme and host that tokens are made for. As in Azure's SDK it has no port. Contract, section 1.2.</summary>
    public Uri Audience { get; }

    /// <summary>The bytes of the key's text.</summary>
    internal byte[] AccessKey { get; }

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It isn't one; the message says what is wrong and quotes nothing of it.</exception>
    public static ServiceConnectionString Parse(string text)
    {
        var values = Read(text);
        if (values.ContainsKey("AuthType"))
        {
            throw new FormatException("has AuthType: Microsoft Entra isn't supported; use a connection string with an access key.");
        }

        var endpoint = Address(values, "Endpoint") ?? throw new FormatException("has no Endpoint: use the text that the node prints at its start, or what Azure calls the connection string.");
        if (!values.TryGetValue("AccessKey", out var key) || key.Length == 0)
        {
            throw new FormatException("has no AccessKey: use the text that the node prints at its start, or what Azure calls the connection string.");
        }

        if (values.TryGetValue("Version", out var version) && !VersionRule().IsMatch(version))
        {
            throw new FormatException("has a Version other than 1.x.");
        }

        var audience = new Uri($"{endpoint.Scheme}://{endpoint.Host}");
        if (values.TryGetValue("Port", out var port))
        {
            endpoint = int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65535
                ? new UriBuilder(endpoint) { Port = number }.Uri
                : throw new FormatException("has a Port that isn't 1 to 65535.");
        }

        return new(Address(values, "ServerEndpoint") ?? endpoint, Address(values, "ClientEndpoint") ?? endpoint, audience, Encoding.UTF8.GetBytes(key));
    }

    /// <summary>The address without a path of the API, for people and logs.</summary>
    public override string ToString() => Endpoint.AbsoluteUri.TrimEnd('/');

    private static Dictionary<string, string> Read(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var segment in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // a value may hold '=': the first one divides
            if (segment.Split('=', 2, StringSplitOptions.TrimEntries) is [var name, var value] && !values.TryAdd(name, value))
            {
                // what isn't a known name may be a part of the key
                var known = Array.Find(Known, one => one.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? "a name";
                throw new FormatException($"has {known} twice.");
            }
        }

        return values;
    }

    private static Uri? Address(Dictionary<string, string> values, string name) =>
        !values.TryGetValue(name, out var text) || text.Length == 0 ? null
        : !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")
            ? throw new FormatException($"has an {name} that isn't an http or https address.")
        : address is not { UserInfo: "", Query: "", Fragment: "" }
            ? throw new FormatException($"has an {name} with more than scheme, host, port and path.")
        : address;

    [GeneratedRegex(@"\A1\.\d+")]
    private static partial Regex VersionRule();
}
