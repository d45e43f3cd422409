using System.Net;
using Microsoft.AspNetCore.Http.HttpResults;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Sharding;

namespace Serverless.SelfHost.Page;

/// <summary>
/// The chat page and the history that it shows. In Development only, where the node needs no token; the history on loopback only, also against a
/// page of another site whose name was made to point here.
/// </summary>
internal static class PageEndpoints
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; connect-src 'self' ws: wss: http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    /// <summary>All that is served. The files stand beside the program, wherever it is started from.</summary>
    private static readonly (string Route, string File, string Type)[] Files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
        Style("chat.css"),
        Style("together.css"),
        Style("toasts.css"),
        Script("carets.js"),
        Script("chat.js"),
        Script("document.js"),
        Script("editor.js"),
        Script("link.js"),
        Script("memory.js"),
        Script("notify.js"),
        Script("paper.js"),
        Script("people.js"),
        Script("rooms.js"),
        Script("splice.js"),
        Script("toasts.js"),
        Script("together.js"),
        Script("view.js"),
        Script("lib/documents/documents.js"),
        Script("lib/documents/sending.js"),
        Script("lib/signalr/signalr.js"),
        Script("lib/yjs/yjs.js"),
    ];

    /// <summary>Maps the page at <c>/</c> and <c>GET /api/page/history</c>; nothing outside Development.</summary>
    public static void MapPage(this WebApplication app)
    {
        if (!app.Environment.IsDevelopment())
        {
            return;
        }

        foreach (var (route, file, type) in Files)
        {
            app.MapGet(route, (HttpContext context) => GetFile(context, file, type));
        }

        var streams = app.Services.GetRequiredService<HubStreams>();
        var reader = new HistoryReader(app.Services.GetRequiredService<IEventLog>(), app.Services.GetRequiredService<FrameCodec>());
        app.MapGet("/api/page/history", (HttpContext context, string? hub, string? group, string? target, int? limit) =>
            GetHistoryAsync(context, reader, streams, hub, group, target, limit ?? 100));
    }

    private static (string, string, string) Style(string file) => ($"/{file}", file, "text/css; charset=utf-8");

    private static (string, string, string) Script(string file) => ($"/{file}", file, "text/javascript; charset=utf-8");

    private static IResult GetFile(HttpContext context, string file, string type)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "wwwroot", file);
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            return TypedResults.NotFound();
        }

        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.PhysicalFile(path, type, lastModified: info.LastWriteTimeUtc);
    }

    private static async Task<IResult> GetHistoryAsync(HttpContext context, HistoryReader reader, HubStreams streams, string? hub, string? group, string? target, int limit)
    {
        if (!IsLoopback(context))
        {
            return Problem(StatusCodes.Status403Forbidden, "The page's history is given on this machine only: open the page at http://localhost.");
        }

        if (!StreamName.IsHub(hub))
        {
            return Problem(StatusCodes.Status400BadRequest, $"hub: {StreamName.HubForm}");
        }

        if (EventRules.CheckGroup(group) is { } fault)
        {
            return Problem(StatusCodes.Status400BadRequest, fault);
        }

        if (limit is < 1 or > HistoryReader.MaxMessages)
        {
            return Problem(StatusCodes.Status400BadRequest, $"limit: 1 to {HistoryReader.MaxMessages}.");
        }

        try
        {
            return TypedResults.Ok(new { messages = await reader.ReadAsync(streams.Home(new(hub!), group!) ?? new(hub!), group!, target, limit, context.RequestAborted) });
        }
        catch (LogUnavailableException e)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, e.Message);
        }
        catch (FrameException e)
        {
            return Problem(StatusCodes.Status500InternalServerError, e.Message);
        }
    }

    private static bool IsLoopback(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote)
        && (context.Request.Host.Host is "localhost" || (IPAddress.TryParse(context.Request.Host.Host, out var host) && IPAddress.IsLoopback(host)));

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
