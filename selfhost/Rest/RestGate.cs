using Serverless.Events;
using Serverless.Presence;
using Serverless.SelfHost.Security;
using Serverless.Sharding;

namespace Serverless.SelfHost.Rest;

/// <summary>What every call passes: its token, its hub, its idempotency key. Contract, sections 3.1 and 3.3.</summary>
internal sealed partial class RestGate(TokenValidator tokens, HubSender sender, Rosters rosters, ILogger<RestGate> logger)
{
    /// <summary>Our addition to the contract: two calls with the same key take effect once, as long as the key is known (<c>Serverless:Log:KeyWindow</c>).</summary>
    public const string KeyHeader = "Idempotency-Key";

    /// <summary>The most characters of such a key.</summary>
    public const int MaxKeyLength = 200;

    /// <summary>Stands before it in the stream: no caller can take a key that the node uses itself, such as that of a connection's opening.</summary>
    private const string KeyPrefix = "rest:";

    /// <param name="context">The request.</param>
    /// <param name="isDated">Whether it must name a version.</param>
    /// <param name="handler">Answers it when it is let in.</param>
    public async Task AnswerAsync(HttpContext context, bool isDated, RestHandler handler) =>
        await (await AnswerOfAsync(context, isDated, handler)).ExecuteAsync(context);

    private async Task<IResult> AnswerOfAsync(HttpContext context, bool isDated, RestHandler handler)
    {
        if (tokens.ValidateApi(BearerToken.FromHeader(context.Request), context.Request) is TokenResult.Refused(var reason))
        {
            Log.Refused(logger, context.Request.Method, context.Request.Path, reason);
            return ErrorResult.Unauthorized();
        }

        if (isDated && ApiVersion.Check(context.Request) is { } version)
        {
            return ErrorResult.Invalid(version);
        }

        if (RouteNames.Read(context) is not { } names)
        {
            return ErrorResult.Invalid("The path has '.' or '..' as a part.");
        }

        if (CheckHub(context.Request, names) is { } fault)
        {
            return ErrorResult.Invalid(fault);
        }

        var keys = context.Request.Headers[KeyHeader];
        if (keys.Count > 0 && keys.ToString().Length is 0 or > MaxKeyLength)
        {
            return ErrorResult.Invalid($"The {KeyHeader} has 1 to {MaxKeyLength} characters.");
        }

        var key = keys.Count > 0 ? KeyPrefix + keys : null;
        var call = new RestCall(context, new(HubOf(context.Request, names)), names, isDated, key, sender, rosters);
        try
        {
            return call.Check() is { } wrong ? ErrorResult.Invalid(wrong) : await handler(call);
        }
        catch (WrongShardException wrong)
        {
            return ErrorResult.Invalid(wrong.Message);
        }
    }

    private static string? CheckHub(HttpRequest request, IReadOnlyDictionary<string, string> names)
    {
        var applications = request.Query["application"];
        return !StreamName.IsHub(names["hub"]) ? Rule("The hub's name")
            : applications.Count > 1 || (applications is [{ Length: > 0 } application] && !StreamName.IsHub(application)) ? Rule("'application'")
            : !StreamName.IsHub(HubOf(request, names)) ? Rule("'application', an underscore and the hub's name together")
            : null;
    }

    /// <summary>An application's hub has the application's name before its own.</summary>
    private static string HubOf(HttpRequest request, IReadOnlyDictionary<string, string> names) =>
        request.Query["application"] is [{ Length: > 0 } application] ? $"{application}_{names["hub"]}" : names["hub"];

    private static string Rule(string subject) => $"{subject} must be {StreamName.HubForm}";
}
