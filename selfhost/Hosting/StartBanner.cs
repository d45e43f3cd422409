using System.Text;
using Serverless.Log;
using Serverless.SelfHost.Admin;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Hosting;

/// <summary>What a node prints once it listens: what to put into an application's settings, and where things are.</summary>
internal static class StartBanner
{
    public static string For(WebApplication app)
    {
        var key = app.Services.GetRequiredService<AccessKeys>().IsDevelopment ? DevelopmentKey.Value : "<as configured>";
        var text = new StringBuilder();
        var admin = app.Services.GetRequiredService<AdminPorts>();
        foreach (var address in app.Urls.Select(url => BindingAddress.Parse(url)).Where(address => !admin.Contains(address.Port)))
        {
            // "any address" isn't one that a client can go to
            var host = address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host;
            text.AppendLine($"Connection string  Endpoint={address.Scheme}://{host};Port={address.Port};AccessKey={key};Version=1.0;");
            if (app.Environment.IsDevelopment())
            {
                text.AppendLine($"Page               {address.Scheme}://{host}:{address.Port}/");
            }
        }

        text.AppendLine($"Log                {app.Services.GetRequiredService<IEventLog>().Description}");
        return text.ToString();
    }
}
