using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Hosting;
using Serverless.Functions.Hubs;
using Serverless.Services.Messaging;
using Serverless.Sharding;

namespace Serverless.Functions.Messaging;

/// <summary><c>POST /api/hubs/{hub}/publish</c>, for applications. The answer comes when all messages are stored.</summary>
public sealed class PublishFunction(HubSender sender, ServedHubs hubs, ILogger<PublishFunction> logger)
{
    /// <summary>202 with the places of the messages; 400, 413 or 503 with what is wrong.</summary>
    [Function("publish")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "hubs/{hub}/publish")] HttpRequest request, string hub, CancellationToken cancellationToken)
    {
        if (hubs.Fault(hub) is { } fault)
        {
            return Problem.Of(StatusCodes.Status400BadRequest, fault);
        }

        try
        {
            var messages = PublishRequest.Parse(await RequestBody.ReadAsync(request, cancellationToken));
            var stored = await sender.PublishAsync(new(hub), messages, cancellationToken);
            var answer = new { stored = stored.Select(place => new { place.Position.Offset, Tag = $"{place.Position.Tag:x16}", place.IsDuplicate }) };
            return Results.Json(answer, statusCode: StatusCodes.Status202Accepted);
        }
        catch (Exception thrown) when (Problem.For(thrown, logger) is { } problem)
        {
            return problem;
        }
    }
}
