using Microsoft.Extensions.Configuration;
using Serverless.FanOut.AzureSignalR;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Negotiate;

/// <summary>The node, or the Azure SignalR Service, that clients are sent to.</summary>
public sealed class SignalREndpoint(IConfiguration configuration)
{
    /// <summary>Where clients connect, and what their tokens are signed with; null where no connection string is set.</summary>
    public ClientAddress? Clients { get; } =
        configuration[FunctionSettings.SignalR] is { Length: > 0 } text ? ServiceConnectionString.Parse(text).Clients : null;
}
