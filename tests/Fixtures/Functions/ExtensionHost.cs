using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MessagePack;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Hosting;
using Serverless.Services;
using Serverless.Tests.Core.FanOut.AzureSignalR;

namespace Serverless.Tests.Fixtures.Functions;

/// <summary>
/// Speaks the wire format of Azure Functions' SignalR extension, as it was recorded from a real host: takes an upstream's requests, checks them as it does, and runs what
/// the app's triggers run. It stands where the extension's package isn't.
/// </summary>
internal sealed class ExtensionHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly byte[] _accessKey;

    private ExtensionHost(WebApplication app, string accessKey) => (_app, _accessKey) = (app, Encoding.UTF8.GetBytes(accessKey));

    /// <summary>What the app logs.</summary>
    public required RecordedMessages Logged { get; init; }

    /// <summary>For a node's settings.</summary>
    public string Template => $"{_app.Urls.Single()}/runtime/webhooks/signalr?code=secret";

    public static async Task<ExtensionHost> StartAsync(string accessKey, string redis)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var logged = new RecordedMessages();
        builder.Logging.ClearProviders().AddProvider(logged);
        builder.Configuration.AddInMemoryCollection([new("Serverless:Log:Redis", redis)]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddServerlessCore();
        builder.Services.AddServerlessServices();
        var host = new ExtensionHost(builder.Build(), accessKey) { Logged = logged };
        host._app.MapPost("/runtime/webhooks/signalr", host.TakeAsync);
        await host._app.StartAsync();
        return host;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        string Header(string name) => headers[$"X-ASRS-{name}"].FirstOrDefault() ?? "";
        var (hub, category, name, connection) = (Header("Hub"), Header("Category"), Header("Event"), Header("Connection-Id"));
        var services = _app.Services.GetRequiredService<HubServices>();
        var isMessage = category.Equals("messages", StringComparison.OrdinalIgnoreCase);
        if (context.Request.Query["code"] != "secret")
        {
            await AnswerAsync(context, 401, "Unauthorized");
        }
        else if (name.Length == 0)
        {
            await AnswerAsync(context, 400, "Bad Request");
        }
        else if (isMessage && !services.Methods.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            await AnswerAsync(context, 404, "Not Found");
        }
        else if (!IsSigned(Header("Signature"), connection))
        {
            await AnswerAsync(context, 401, "The request is unauthorized, please check the Signature.");
        }
        else
        {
            await RunAsync(context, HubCaller.FromTrigger(hub, connection, Header("User-Id"), Claims(Header("User-Claims")).GetValueOrDefault), isMessage, name);
        }
    }

    private async Task RunAsync(HttpContext context, HubCaller caller, bool isMessage, string name)
    {
        var trigger = _app.Services.GetRequiredService<HubTrigger>();
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (!isMessage)
        {
            await (name == "connected"
                ? trigger.ConnectedAsync(caller, context.RequestAborted)
                : trigger.DisconnectedAsync(caller, (string?)JsonNode.Parse(body.ToArray())!["error"], context.RequestAborted));
            return;
        }

        // either protocol comes to a worker as JSON, binary as base64
        var isBinary = context.Request.ContentType == "application/x-msgpack";
        var message = JsonNode.Parse(isBinary ? Encoding.UTF8.GetBytes(MessagePackSerializer.ConvertToJson(body.ToArray())) : body.ToArray())!;
        var (id, arguments) = isBinary ? ((string?)message[2], message[4]!) : ((string?)message["invocationId"], message["arguments"]!);
        var answer = await InvokeAsync(trigger, caller, name, arguments, context.RequestAborted);
        if (id is not null)
        {
            await context.Response.Body.WriteAsync(isBinary ? AsMessagePack(id, answer) : AsJson(id, answer));
        }
    }

    private static async Task<(JsonElement? Result, string? Error)> InvokeAsync(
        HubTrigger trigger, HubCaller caller, string name, JsonNode arguments, CancellationToken cancellationToken)
    {
        try
        {
            return (await trigger.InvokeAsync(caller, name, arguments.Deserialize<JsonElement[]>()!, cancellationToken), null);
        }
        catch (HubCallException fault)
        {
            return (null, $"Result: Failure\nException: {fault.Message}\nStack:{fault.StackTrace}");
        }
    }

    private static byte[] AsJson(string id, (JsonElement? Result, string? Error) answer) => Encoding.UTF8.GetBytes(
        new JsonObject
        {
            ["type"] = 3,
            ["invocationId"] = id,
            [answer.Error is null ? "result" : "error"] = answer.Error is null ? JsonSerializer.SerializeToNode(answer.Result) : answer.Error,
        }.ToJsonString() + "\u001e");

    private static byte[] AsMessagePack(string id, (JsonElement? Result, string? Error) answer)
    {
        var message = new JsonArray(3, new JsonObject(), id, answer.Error is null ? 3 : 1, answer.Error ?? JsonSerializer.SerializeToNode(answer.Result));
        var body = MessagePackSerializer.ConvertFromJson(message.ToJsonString());
        List<byte> prefix = [];
        for (var rest = body.Length; prefix.Count == 0 || rest > 0; rest >>= 7)
        {
            prefix.Add((byte)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
        }

        return [.. prefix, .. body];
    }

    private bool IsSigned(string signatures, string connection)
    {
        var expected = Convert.ToHexString(HMACSHA256.HashData(_accessKey, Encoding.UTF8.GetBytes(connection)));
        return signatures.Split(',').Any(signature => signature.Trim().Equals($"sha256={expected}", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Not decoded; the first of a key counts, and one without a value doesn't.</summary>
    private static Dictionary<string, string> Claims(string header)
    {
        var claims = new Dictionary<string, string>();
        foreach (var claim in header.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(claim => claim.Split(':', 2)))
        {
            if (claim is [var name, var value] && value.Trim().Length > 0)
            {
                claims.TryAdd(name.Trim(), value.Trim());
            }
        }

        return claims;
    }

    private static async Task AnswerAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = reason;
        await context.Response.CompleteAsync();
    }
}
