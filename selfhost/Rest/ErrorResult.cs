namespace Serverless.SelfHost.Rest;

/// <summary>An error as Azure SignalR answers it: its code in a header, and <c>ErrorDetail</c> as the body. Contract, section 3.1.</summary>
/// <param name="status">The status.</param>
/// <param name="code">See <see cref="ErrorCode"/>.</param>
/// <param name="message">What is wrong and what to do, without secrets.</param>
internal sealed class ErrorResult(int status, string code, string message) : IResult
{
    public const string CodeHeader = "x-ms-error-code";

    /// <summary>The caller's fault; <paramref name="message"/> says which.</summary>
    public static ErrorResult Invalid(string message) => new(StatusCodes.Status400BadRequest, ErrorCode.InvalidRequest, message);

    /// <summary>An error whose status has a code of its own.</summary>
    public static ErrorResult Of(int status, string message) => new(status, ErrorCode.For(status), message);

    /// <summary>The call is for a connection that isn't there.</summary>
    /// <param name="code">What SDKs look for.</param>
    public static ErrorResult NoConnection(string code) => new(StatusCodes.Status404NotFound, code, "The connection isn't there: it has ended, or never was.");

    /// <summary>The token is missing or no good. Why, only the log is told.</summary>
    public static ErrorResult Unauthorized() => new(
        StatusCodes.Status401Unauthorized, ErrorCode.Unauthorized, "The request needs an access token that is valid for this address: 'Authorization: Bearer …'.");

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers[CodeHeader] = code;
        if (status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        }

        return response.WriteAsJsonAsync(new ErrorDetail(code, message), RestJson.Readable.ErrorDetail);
    }
}
