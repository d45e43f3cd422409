using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;

namespace Serverless.SelfHost.Rest;

/// <summary>Lists a group's connections in pages, by id. Contract, section 3.9. The token of a page is the last id of the one before it.</summary>
internal static class GroupPages
{
    private const int MaxPageSize = 200;
    private const string PageSize = "maxpagesize";
    private const string Top = "top";
    private const string Token = "continuationToken";

    public static void Map(RestRoutes routes) => routes.MapDated("GET", ListAsync, "groups/{group}/connections");

    private static async Task<IResult> ListAsync(RestCall call)
    {
        if (!call.TryReadNumber(PageSize, MaxPageSize, 1, MaxPageSize, out var size) || !call.TryReadNumber(Top, int.MaxValue, 1, int.MaxValue, out var top))
        {
            return ErrorResult.Invalid($"'{PageSize}' must be 1 to {MaxPageSize}, and '{Top}' 1 or more.");
        }

        var page = Math.Min(size, top);
        // one more than asked for tells whether there is a next page
        var found = await call.Rosters.ListGroupAsync(call.Stream, call.Group, call.Query(Token), page + 1, call.Aborted);
        var items = found.Take(page).Select(each => new GroupPageItem(each.Connection.Value, each.User)).ToArray();
        var next = found.Count > page && top > page ? NextLink(call.Context.Request, items[^1].ConnectionId, top == int.MaxValue ? null : top - page) : null;
        return Results.Json(new GroupPage(items, next), RestJson.Readable.GroupPage);
    }

    private static string NextLink(HttpRequest request, string last, int? top)
    {
        var query = request.Query.ToDictionary();
        query[Token] = last;
        if (top is { } left)
        {
            query[Top] = left.ToString(CultureInfo.InvariantCulture);
        }

        return QueryHelpers.AddQueryString(UriHelper.GetEncodedUrl(request).Split('?')[0], query);
    }
}

/// <summary>A page of a group.</summary>
/// <param name="Value">The connections.</param>
/// <param name="NextLink">The address of the next page; null on the last.</param>
internal sealed record GroupPage(IReadOnlyList<GroupPageItem> Value, string? NextLink);

/// <summary>A connection in a group.</summary>
internal sealed record GroupPageItem(string ConnectionId, string? UserId);
