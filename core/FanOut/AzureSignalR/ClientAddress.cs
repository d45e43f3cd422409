using System.Text;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Where clients connect, and the key that signs the tokens that they connect with; it shows the key nowhere. Contract, sections 1.2 and 2.2.</summary>
public sealed class ClientAddress
{
    private readonly string _address;
    private readonly string _audience;

    /// <summary>An address of clients.</summary>
    /// <param name="address">Scheme, host, port and path before <c>/client</c>; a slash at its end doesn't count.</param>
    /// <param name="audience">Scheme and host that tokens are made for; a slash at its end doesn't count.</param>
    /// <param name="key">The access key's bytes; not to be changed afterwards.</param>
    public ClientAddress(string address, string audience, byte[] key) => (_address, _audience, Key) = (address.TrimEnd('/'), audience.TrimEnd('/'), key);

    internal byte[] Key { get; }

    /// <summary>The same on another shard.</summary>
    /// <param name="endpoint">Where its clients connect.</param>
    /// <param name="key">Its access key; null when it has the same.</param>
    public ClientAddress At(string endpoint, string? key) => new(endpoint, endpoint, key is null ? Key : Encoding.UTF8.GetBytes(key));

    /// <summary>What a client of a hub is told to go to.</summary>
    /// <param name="hub">The hub, in lower case.</param>
    public string UrlOf(string hub) => $"{_address}{PathOf(hub)}";

    /// <summary>What the token of a client of a hub is made for.</summary>
    /// <param name="hub">The hub, in lower case.</param>
    public string AudienceOf(string hub) => $"{_audience}{PathOf(hub)}";

    private static string PathOf(string hub) => $"/client/?hub={Uri.EscapeDataString(hub)}";
}
