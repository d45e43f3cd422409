using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;
using Serverless.Functions.Hubs;
using Serverless.Services.Notifications;

namespace Serverless.Functions.Notifications;

/// <summary><c>POST /api/hubs/{hub}/notifications</c>, for applications. The answer comes when it is stored.</summary>
public sealed class NotificationFunction(NotificationSender sender, ServedHubs hubs, ILogger<NotificationFunction> logger)
{
    /// <summary>202 with the id, and whether it was sent before; 400, 413 or 503 with what is wrong.</summary>
    [Function("notifications")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "hubs/{hub}/notifications")] HttpRequest request, string hub, CancellationToken cancellationToken)
    {
        if (hubs.Fault(hub) is { } fault)
        {
            return Problem.Of(StatusCodes.Status400BadRequest, fault);
        }

        try
        {
            var notification = NotificationRequest.Parse(await RequestBody.ReadAsync(request, cancellationToken));
            return Results.Json(await sender.SendAsync(new(hub), notification, cancellationToken), statusCode: StatusCodes.Status202Accepted);
        }
        catch (Exception thrown) when (Problem.For(thrown, logger) is { } problem)
        {
            return problem;
        }
    }
}
