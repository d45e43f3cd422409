namespace Serverless.SelfHost.Rest;

/// <summary>Answers a call whose token and hub are known to be good.</summary>
internal delegate Task<IResult> RestHandler(RestCall call);

/// <summary>Where subjects map their verbs and paths, relative to a hub.</summary>
internal sealed class RestRoutes(IEndpointRouteBuilder routes, RestGate gate)
{
    /// <summary>Serves a verb at the given paths, which mean the same.</summary>
    public void Map(string verb, RestHandler handler, params string[] paths)
    {
        foreach (var path in paths)
        {
            routes.MapMethods(path, [verb], (RequestDelegate)(context => gate.AnswerAsync(context, handler)));
        }
    }
}
