using System.Security.Claims;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.SelfHost.Hosting;
using Serverless.SelfHost.Rest;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Negotiate;

/// <summary>
/// <c>POST /api/negotiate?hub=…</c>: the first call of a client, which an application server answers otherwise. It sends the client on to <c>/client</c> with a
/// token. Contract, section 2.1.
/// </summary>
internal sealed class NegotiateEndpoint(
    TokenIssuer issuer, IOptions<NegotiateOptions> options, IOptions<NodeOptions> node, IHostEnvironment environment)
{
    public IResult Negotiate(HttpContext context)
    {
        var hubs = context.Request.Query["hub"];
        if (hubs.Count != 1 || !StreamName.IsHub(hubs[0]))
        {
            return ErrorResult.Invalid($"The query needs one 'hub': {StreamName.HubForm}");
        }

        var user = UserOf(context);
        if (user is null && !options.Value.AllowAnonymous && !environment.IsDevelopment())
        {
            return new ErrorResult(
                StatusCodes.Status401Unauthorized,
                ErrorCode.Unauthorized,
                "Negotiating needs an authenticated caller, unless Serverless:Negotiate:AllowAnonymous is true.");
        }

        if (user is not null && EventRules.CheckUser(user) is { } fault)
        {
            return ErrorResult.Invalid(fault);
        }

        var hub = hubs[0]!.ToLowerInvariant();
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(
            new NegotiateAnswer($"{Base(context.Request)}/client/?hub={Uri.EscapeDataString(hub)}", issuer.IssueClient(hub, user, options.Value.TokenLifetime)),
            NegotiateJson.Default.NegotiateAnswer);
    }

    /// <summary>The address that clients are sent to, without a slash at the end.</summary>
    private string Base(HttpRequest request) =>
        node.Value.PublicEndpoint?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}{request.PathBase}";

    private string? UserOf(HttpContext context) =>
        context.User.Identity?.IsAuthenticated == true ? context.User.FindFirstValue(ClaimTypes.NameIdentifier)
        : environment.IsDevelopment() && context.Request.Query["user"] is [{ Length: > 0 } named] ? named
        : null;
}
