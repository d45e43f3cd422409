using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Services.Auth;

namespace Serverless.Hosting;

/// <summary>Adds the checking of callers' tokens to a host.</summary>
public static class AuthServices
{
    /// <summary>Adds <see cref="Authenticator"/> and <see cref="Negotiation"/>, and the settings of <see cref="AuthOptions"/> and <see cref="NegotiateOptions"/>, which are checked at start.</summary>
    public static IServiceCollection AddServerlessAuth(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AuthOptions, AuthOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Auth");
        services.AddOptionsWithValidateOnStart<NegotiateOptions, NegotiateOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Negotiate");
        services.TryAddSingleton(TimeProvider.System);
        services.AddFleet();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<Negotiation>();
        return services;
    }
}
