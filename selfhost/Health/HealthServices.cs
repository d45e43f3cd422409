namespace Serverless.SelfHost.Health;

/// <summary>Adds what health is told from.</summary>
internal static class HealthServices
{
    public static IServiceCollection AddHealth(this IServiceCollection services) => services.AddSingleton<LogProbe>();
}
