using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.Log;

namespace Serverless.Functions.Hosting;

/// <summary>Errors as problem details (RFC 9457), without a stack and without what only operators are to know.</summary>
internal static partial class Problem
{
    private const string Unavailable = "The log doesn't answer; the app's own log says why. What was to be stored may be stored or not: send it again with the same key.";

    public static IResult Of(int status, string detail) => Results.Problem(detail, statusCode: status);

    /// <returns>Null for a fault that is the app's own.</returns>
    public static IResult? For(Exception fault, ILogger logger)
    {
        switch (fault)
        {
            case FormatException:
                return Of(StatusCodes.Status400BadRequest, fault.Message);
            case BadHttpRequestException bad:
                return Of(bad.StatusCode, bad.Message);
            case LogUnavailableException:
                Log.LogUnavailable(logger, fault.Message);
                return Of(StatusCodes.Status503ServiceUnavailable, Unavailable);
            default:
                return null;
        }
    }

    /// <summary>503: the log doesn't answer.</summary>
    public static IResult NotReady(string reason, ILogger logger)
    {
        Log.LogUnavailable(logger, reason);
        return Of(StatusCodes.Status503ServiceUnavailable, "The log doesn't answer; the app's own log says why.");
    }

    private static partial class Log
    {
        [LoggerMessage(3002, LogLevel.Warning, "The log doesn't answer: {Reason}")]
        public static partial void LogUnavailable(ILogger logger, string reason);
    }
}
