using Microsoft.Extensions.Configuration;
using Serverless.FanOut.AzureSignalR;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Negotiate;

/// <summary>The node, or the Azure SignalR Service, that clients are sent to.</summary>
public sealed class SignalREndpoint
{
    /// <summary>Reads the connection string.</summary>
    /// <exception cref="InvalidOperationException">It isn't there, or isn't one.</exception>
    public SignalREndpoint(IConfiguration configuration)
    {
        if (configuration[FunctionSettings.SignalR] is not { Length: > 0 } text)
        {
            throw new InvalidOperationException($"{FunctionSettings.SignalR} isn't set: Endpoint=https://…;AccessKey=…;Version=1.0;");
        }

        try
        {
            Clients = ServiceConnectionString.Parse(text).Clients;
        }
        catch (FormatException fault)
        {
            throw new InvalidOperationException($"{FunctionSettings.SignalR} {fault.Message}", fault);
        }
    }

    /// <summary>Where clients connect, and what their tokens are signed with.</summary>
    public ClientAddress Clients { get; }
}
