using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Serverless.SelfHost.Peers;

/// <summary>The address under which this machine is reached by others. Its name is worth less: that of a container or a replica is often in no DNS.</summary>
internal static class MachineAddress
{
    /// <summary>The machine's address as it stands in a URL; its name when it has none but loopback.</summary>
    public static string Find() => Choose(NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .Select(network => network.GetIPProperties())
        .SelectMany(network => network.UnicastAddresses.Select(address => (address.Address, HasGateway(network))))) ?? Dns.GetHostName();

    /// <summary>The first of those that others may reach: one of a network that leads on before others, IPv4 before IPv6. Null when there is none.</summary>
    public static string? Choose(IEnumerable<(IPAddress Address, bool HasGateway)> addresses) => addresses
        .Where(each => !IPAddress.IsLoopback(each.Address) && !each.Address.IsIPv6LinkLocal && !IsLinkLocal(each.Address))
        .OrderByDescending(each => each.HasGateway)
        .ThenBy(each => each.Address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
        .Select(each => each.Address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{each.Address}]" : each.Address.ToString())
        .FirstOrDefault();

    private static bool HasGateway(IPInterfaceProperties network) => network.GatewayAddresses.Any(gateway => !gateway.Address.Equals(IPAddress.Any));

    // 169.254: nobody gave it an address
    private static bool IsLinkLocal(IPAddress address) => address.GetAddressBytes() is [169, 254, _, _];
}
