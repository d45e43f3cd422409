using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serverless.Hosting;

namespace Serverless.SelfHost.Security;

/// <summary>Adds access keys, and the making and checking of access tokens.</summary>
internal static class SecurityServices
{
    public static IServiceCollection AddSecurity(this IServiceCollection services)
    {
        services.AddOptions<KeyOptions>().BindConfiguration($"{CoreServices.Section}:Keys").ValidateOnStart();
        services.AddSingleton<ListenAddresses>();
        services.AddSingleton<KeyRules>();
        services.AddSingleton<IPostConfigureOptions<KeyOptions>>(provider => provider.GetRequiredService<KeyRules>());
        services.AddSingleton<IValidateOptions<KeyOptions>>(provider => provider.GetRequiredService<KeyRules>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<AccessKeys>();
        services.AddSingleton<TokenValidator>();
        services.AddSingleton<TokenIssuer>();
        return services;
    }
}
