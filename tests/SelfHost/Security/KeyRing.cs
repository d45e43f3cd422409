using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.SelfHost.Security;

namespace Serverless.Tests.SelfHost.Security;

/// <summary>The access keys of a node with these settings; they may be changed.</summary>
internal sealed class KeyRing : IDisposable
{
    private readonly ServiceProvider _services;
    private readonly IConfigurationRoot _configuration;

    public KeyRing(Dictionary<string, string?> settings, string environment = "Production")
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSecurity();
        _services = builder.Services.BuildServiceProvider();
        _configuration = builder.Configuration;
    }

    public AccessKeys Keys => _services.GetRequiredService<AccessKeys>();

    public void Change(string setting, string? value)
    {
        _configuration[setting] = value;
        _configuration.Reload();
    }

    public void Dispose() => _services.Dispose();
}
