using Microsoft.AspNetCore.Routing.Patterns;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Rest;

/// <summary>
/// Reads the names in a path from what the caller sent. Route values won't do: in them "%2F" stays, and so does a literal "%2F" that was sent as "%252F".
/// </summary>
internal static class RouteNames
{
    /// <returns>What stands for each parameter of the endpoint's route, decoded; null when the server shortened the path ("..").</returns>
    public static IReadOnlyDictionary<string, string>? Read(HttpContext context)
    {
        var pattern = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments;
        var sent = RequestPath.Segments(context.Request);
        if (sent.Length != pattern.Count)
        {
            return null;
        }

        var names = new Dictionary<string, string>(pattern.Count);
        for (var i = 0; i < sent.Length; i++)
        {
            if (pattern[i].Parts[0] is RoutePatternParameterPart parameter)
            {
                names[parameter.Name] = sent[i];
            }
        }

        return names;
    }
}
