using Microsoft.Extensions.Configuration.Memory;
using Serverless.Hosting;
using Serverless.SelfHost.Admin;
using Serverless.SelfHost.Aws;
using Serverless.SelfHost.Drain;
using Serverless.SelfHost.Health;
using Serverless.SelfHost.Metrics;
using Serverless.SelfHost.Negotiate;
using Serverless.SelfHost.Page;
using Serverless.SelfHost.Rest;
using Serverless.SelfHost.Security;
using Serverless.SelfHost.Transports;
using Serverless.SelfHost.Upstream;

namespace Serverless.SelfHost.Hosting;

/// <summary>Composes a node: each feature adds its services and maps its endpoints in one line.</summary>
internal static class NodeApplication
{
    /// <summary>Where a node listens when nothing says otherwise.</summary>
    public const string DefaultUrls = "http://localhost:8888";

    /// <summary>A node that isn't started.</summary>
    /// <param name="settings">Settings that go before those of files and of the environment.</param>
    /// <exception cref="StartException">Settings are wrong.</exception>
    public static WebApplication Build(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        builder.Configuration.AddInMemoryCollection(settings);
        if (new ListenAddresses(builder.Configuration).IsEmpty)
        {
            builder.WebHost.UseUrls(DefaultUrls);
        }

        AdminAddresses.AddTo(builder);
        builder.Services.AddServerlessCore();
        builder.Services.AddSecurity();
        builder.Services.AddNodeHosting();
        builder.Services.AddClientEndpoint();
        builder.Services.AddDrain();
        builder.Services.AddAdmin();
        builder.Services.AddNodeMetrics();
        builder.Services.AddAws(builder.Configuration);
        builder.Services.AddNegotiate();
        builder.Services.AddUpstream();
        builder.Services.AddServerlessAzureSignalR();
        builder.Services.AddRest();

        OptionsFaults.ThrowIfAny(builder.Services, builder.Configuration);
        var app = builder.Build();
        app.UseFaults();
        app.UseSecurityHeaders();
        app.UseAdmin();
        app.UseRestErrors();
        app.UseRouting();
        app.UseCors();
        app.MapHealth();
        app.MapNegotiate();
        app.MapRest();
        app.MapClientEndpoint();
        app.MapPage();
        return app;
    }

    /// <summary>What goes before nothing: files and the environment override it.</summary>
    private static Dictionary<string, string?> Defaults => new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Yarp"] = "Warning",
    };
}
