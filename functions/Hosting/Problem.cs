using Microsoft.AspNetCore.Http;
using Serverless.Log;

namespace Serverless.Functions.Hosting;

/// <summary>Errors as problem details (RFC 9457), without a stack.</summary>
internal static class Problem
{
    public static IResult Of(int status, string detail) => Results.Problem(detail, statusCode: status);

    /// <returns>Null for a fault that is the app's own.</returns>
    public static IResult? For(Exception fault) => fault switch
    {
        FormatException => Of(StatusCodes.Status400BadRequest, fault.Message),
        BadHttpRequestException bad => Of(bad.StatusCode, bad.Message),
        LogUnavailableException => Of(StatusCodes.Status503ServiceUnavailable, fault.Message),
        _ => null,
    };
}
