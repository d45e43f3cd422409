namespace Serverless.SelfHost.Rest;

/// <summary>Answers a call whose token and hub are known to be good.</summary>
internal delegate Task<IResult> RestHandler(RestCall call);

/// <summary>Where subjects map their verbs and paths, relative to a hub: below <c>/api/v1/hubs</c>, which has no version, and below <c>/api/hubs</c>, where each call
/// names the version that it is written for. Contract, sections 3.4 to 3.9.</summary>
internal sealed class RestRoutes(IEndpointRouteBuilder routes, RestGate gate)
{
    private readonly RouteGroupBuilder _first = routes.MapGroup("/api/v1/hubs/{hub}");
    private readonly RouteGroupBuilder _dated = routes.MapGroup("/api/hubs/{hub}");

    /// <summary>Serves verbs at the given paths, which mean the same, in all versions.</summary>
    public void Map(string verbs, RestHandler handler, params string[] paths)
    {
        MapFirst(verbs, handler, paths);
        MapDated(verbs, handler, paths);
    }

    /// <summary>Only without a version.</summary>
    public void MapFirst(string verbs, RestHandler handler, params string[] paths) => Map(_first, isDated: false, verbs, handler, paths);

    /// <summary>Only with a version.</summary>
    public void MapDated(string verbs, RestHandler handler, params string[] paths) => Map(_dated, isDated: true, verbs, handler, paths);

    private void Map(RouteGroupBuilder group, bool isDated, string verbs, RestHandler handler, string[] paths)
    {
        foreach (var path in paths)
        {
            group.MapMethods(path, verbs.Split(' '), (RequestDelegate)(context => gate.AnswerAsync(context, isDated, handler)));
        }
    }
}
