using Serverless.Hosting;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Admin;

/// <summary>Lets the node listen on its admin addresses beside those for clients, however those are configured.</summary>
internal static class AdminAddresses
{
    /// <summary>Before the server reads its addresses, and after the default one is set.</summary>
    public static void AddTo(WebApplicationBuilder builder)
    {
        var wanted = ListenAddresses.Split(builder.Configuration[$"{CoreServices.Section}:Admin:{nameof(AdminOptions.Urls)}"]);
        var clients = new ListenAddresses(builder.Configuration);
        if (wanted.Length == 0)
        {
            return;
        }

        if (clients.AreEndpoints)
        {
            builder.Configuration.AddInMemoryCollection(
                wanted.Select((url, index) => KeyValuePair.Create($"Kestrel:Endpoints:ServerlessAdmin{index}:Url", (string?)url)));
        }
        else
        {
            builder.WebHost.UseUrls([.. clients.All, .. wanted]);
        }
    }

    /// <returns>Null when it isn't an address that the node can listen on, or names no port.</returns>
    public static int? PortOf(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { Scheme: "http" or "https", IsUnixPipe: false, IsNamedPipe: false, PathBase: "", Port: > 0 and <= 65535 } ? address.Port : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
