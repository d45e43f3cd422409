using Microsoft.Extensions.Logging;
using Serverless.Services.Auth;
using Serverless.Sharding;

namespace Serverless.Services;

/// <summary>The services of this host as one: a call goes to the service that has its method. Thread-safe.</summary>
public sealed partial class HubServices(IEnumerable<IHubService> services, ILogger<HubServices> logger)
{
    private readonly IReadOnlyList<IHubService> _services = [.. services];
    private readonly Dictionary<string, HubMethod> _methods =
        services.SelectMany(service => service.Methods).ToDictionary(method => method.Key, method => method.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>The names of all methods.</summary>
    public IReadOnlyCollection<string> Methods => _methods.Keys;

    /// <summary>Runs a call.</summary>
    /// <returns>Failed as well when no service has the method.</returns>
    /// <exception cref="Serverless.Log.LogUnavailableException">The outcome is unknown.</exception>
    public async ValueTask<InvocationResult> InvokeAsync(Invocation call, CancellationToken cancellationToken)
    {
        if (!_methods.TryGetValue(call.Target, out var method))
        {
            return new InvocationResult.Failed($"Method '{call.Target}' does not exist.");
        }

        try
        {
            var result = await method(call, cancellationToken);
            if (result is InvocationResult.Failed { Denied: var (kind, name) })
            {
                var caller = call.Caller;
                Log.Denied(logger, call.Target, LogText.Of(caller.User ?? ""), caller.Connection.Value, caller.Stream.Hub, kind, LogText.Of(name));
            }

            return result;
        }
        catch (WrongShardException wrong)
        {
            return new InvocationResult.Failed(wrong.Message);
        }
    }

    /// <summary>Tells all services of a connection that has opened.</summary>
    /// <exception cref="Serverless.Log.LogUnavailableException">What it appends may not be stored.</exception>
    public async ValueTask ConnectedAsync(HubCaller caller, CancellationToken cancellationToken)
    {
        foreach (var service in _services)
        {
            await service.ConnectedAsync(caller, cancellationToken);
        }
    }

    /// <summary>Tells all services of a connection that has closed.</summary>
    /// <inheritdoc cref="ConnectedAsync"/>
    public async ValueTask DisconnectedAsync(HubCaller caller, CancellationToken cancellationToken)
    {
        foreach (var service in _services)
        {
            await service.DisconnectedAsync(caller, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1900, LogLevel.Warning,
            "{Method} is refused to user '{User}' on connection {Connection} of hub {Hub}: neither its access token nor the access policy covers {Kind} '{Name}'.")]
        public static partial void Denied(ILogger logger, string method, string user, string connection, string hub, AccessKind kind, string name);
    }
}
