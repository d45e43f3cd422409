using System.CommandLine;
using Serverless.Log;

namespace Serverless.SelfHost.Hosting;

/// <summary>Runs a node until it is told to stop. What keeps it from starting is told in one message on standard error, and ends in exit code 1.</summary>
internal static class NodeRunner
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        IEnumerable<KeyValuePair<string, string?>> settings, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        try
        {
            await using var app = NodeApplication.Build(settings);
            await app.StartAsync(cancellationToken);
            app.Services.GetRequiredService<StartedFlag>().Set();
            await console.Output.WriteAsync(StartBanner.For(app));
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (Exception fault) when (Explain(fault) is { } message)
        {
            await console.Error.WriteLineAsync($"The node can't start.{Environment.NewLine}{message}");
            return 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
    }

    /// <returns>What the user can mend; null for all else.</returns>
    private static string? Explain(Exception fault) => fault switch
    {
        StartException or LogOpenException => fault.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } =>
            $"{fault.Message} Stop what listens there, or choose another address with --urls.",
        IOException or System.Net.Sockets.SocketException => fault.Message,
        InvalidDataException or FormatException => fault.Message,
        _ => null,
    };
}
