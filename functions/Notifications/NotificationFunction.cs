using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Events;
using Serverless.Functions.Hosting;
using Serverless.Services.Notifications;

namespace Serverless.Functions.Notifications;

/// <summary><c>POST /api/hubs/{hub}/notifications</c>, for applications. The answer comes when it is stored.</summary>
public sealed class NotificationFunction(NotificationSender sender)
{
    /// <summary>202 with the id, and whether it was sent before; 400, 413 or 503 with what is wrong.</summary>
    [Function("notifications")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "hubs/{hub}/notifications")] HttpRequest request, string hub, CancellationToken cancellationToken)
    {
        if (!StreamName.IsHub(hub))
        {
            return Problem.Of(StatusCodes.Status400BadRequest, $"A hub's name: {StreamName.HubForm}");
        }

        try
        {
            var notification = NotificationRequest.Parse(await RequestBody.ReadAsync(request, cancellationToken));
            return Results.Json(await sender.SendAsync(new(hub), notification, cancellationToken), statusCode: StatusCodes.Status202Accepted);
        }
        catch (Exception fault) when (Problem.For(fault) is { } problem)
        {
            return problem;
        }
    }
}
