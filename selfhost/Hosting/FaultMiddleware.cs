using Serverless.Log;
using Serverless.SelfHost.Rest;

namespace Serverless.SelfHost.Hosting;

/// <summary>Turns what a request's handling throws into a status and a sentence; the innards go to the log only.</summary>
internal sealed partial class FaultMiddleware(RequestDelegate next, ILogger<FaultMiddleware> logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // the caller has gone: there is nobody to answer
            context.Abort();
        }
        catch (Exception fault) when (context.Response.HasStarted)
        {
            Log.Failed(logger, fault, context.Request.Method, context.Request.Path);
            context.Abort();
        }
        catch (BadHttpRequestException fault)
        {
            await AnswerAsync(context, fault.StatusCode, fault.Message);
        }
        catch (LogUnavailableException fault)
        {
            Log.LogUnavailable(logger, fault, context.Request.Method, context.Request.Path);
            context.Response.Headers.RetryAfter = $"{RetryAfter.TotalSeconds:0}";
            await AnswerAsync(
                context,
                StatusCodes.Status503ServiceUnavailable,
                "The log is out of reach, and whether the request took effect is unknown: repeat it, with the same Idempotency-Key.");
        }
        catch (Exception fault)
        {
            Log.Failed(logger, fault, context.Request.Method, context.Request.Path);
            await AnswerAsync(context, StatusCodes.Status500InternalServerError, "The node failed; its log says why.");
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string message) =>
        ErrorResult.Of(status, message).ExecuteAsync(context);
}
