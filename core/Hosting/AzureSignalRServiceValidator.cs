using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.Hosting;

/// <summary>Checks the connection string and the hubs, and tells all faults by the names of their settings. Quotes nothing of the connection string.</summary>
internal sealed class AzureSignalRServiceValidator : IValidateOptions<AzureSignalROptions>
{
    private const string Section = $"{CoreServices.Section}:AzureSignalR";

    public ValidateOptionsResult Validate(string? name, AzureSignalROptions options)
    {
        List<string> faults = [.. Faults(options)];
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Faults(AzureSignalROptions options)
    {
        if (!string.IsNullOrEmpty(options.ConnectionString))
        {
            if (Fault(options.ConnectionString) is { } fault)
            {
                yield return $"{Section}:ConnectionString {fault}";
            }

            if (options.Hubs.Count == 0)
            {
                yield return $"{Section}:Hubs is empty: name the hubs that are delivered there ({Section}:Hubs:0, …).";
            }
        }

        for (var i = 0; i < options.Hubs.Count; i++)
        {
            if (!StreamName.IsHub(options.Hubs[i]))
            {
                yield return $"{Section}:Hubs:{i} is no hub name: {StreamName.HubForm}";
            }
        }
    }

    private static string? Fault(string connectionString)
    {
        try
        {
            ServiceConnectionString.Parse(connectionString);
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }
}
