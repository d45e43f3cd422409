using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using Serverless.SelfHost.Admin;

namespace Serverless.SelfHost.Peers;

/// <summary>Where other nodes reach this one; known once the node listens.</summary>
internal sealed class NodeAddress(IServer server, AdminPorts admin, IOptions<PeerOptions> options)
{
    private readonly Lazy<string> _value = new(() => (options.Value.Address?.ToString() ?? FromServer(server, admin)).TrimEnd('/'), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>An absolute address without a path.</summary>
    public string Value => _value.Value;

    private static string FromServer(IServer server, AdminPorts admin)
    {
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(BindingAddress.Parse).FirstOrDefault(each => !admin.Contains(each.Port))
            ?? throw new InvalidOperationException("The node doesn't listen yet.");
        var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? MachineAddress.Find() : address.Host;
        return $"{address.Scheme}://{host}:{address.Port}";
    }
}
