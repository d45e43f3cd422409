using System.Globalization;
using Microsoft.Extensions.Options;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Admin;

/// <summary>The port tells who asks, so it must be known, and nobody else's.</summary>
internal sealed class AdminOptionsValidator(ListenAddresses addresses) : IValidateOptions<AdminOptions>
{
    private const string Setting = "Serverless:Admin:Urls";

    public ValidateOptionsResult Validate(string? name, AdminOptions options)
    {
        var faults = new List<string>();
        var ports = new List<int>();
        foreach (var url in ListenAddresses.Split(options.Urls))
        {
            if (AdminAddresses.PortOf(url) is { } port)
            {
                ports.Add(port);
            }
            else
            {
                faults.Add($"{Setting}: '{url}' must be an http or https address with a port and without a path, such as http://+:9090.");
            }
        }

        // the node listens on them beside the clients' addresses
        var shared = addresses.All.Select(AdminAddresses.PortOf).OfType<int>().GroupBy(port => port)
            .Where(all => ports.Contains(all.Key) && all.Count() > ports.Count(port => port == all.Key))
            .Select(all => all.Key.ToString(CultureInfo.InvariantCulture));
        faults.AddRange(shared.Select(port => $"{Setting}: clients use the port {port}. Choose another one."));
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
